"""p-SMILES and the chain it stands for: reading, validity, identity, backbone, joined units."""
