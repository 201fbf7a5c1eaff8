"""DrugGEN: graphs edited by two generators, each against a critic, the second towards a class of polymers."""
