"""The tasks: each module holds one, and `TASKS` names them all."""

from polydesign.evaluation.tasks.common import COMMON_TASK
from polydesign.evaluation.tasks.descriptors import DESCRIPTORS_TASK
from polydesign.evaluation.tasks.graphs import GRAPHS_TASK
from polydesign.evaluation.tasks.latent import LATENT_TASK
from polydesign.evaluation.tasks.molecules import MOLECULES_TASK
from polydesign.evaluation.tasks.moses import MOSES_TASK
from polydesign.evaluation.tasks.polyinfo import POLYINFO_TASK
from polydesign.evaluation.tasks.predictors import PREDICTORS_TASK
from polydesign.evaluation.tasks.properties import PROPERTIES_TASK
from polydesign.evaluation.tasks.task import PredictorSetting, Setting, Task
from polydesign.evaluation.tasks.unconditional import UNCONDITIONAL_TASK
from polydesign.evaluation.tasks.zinc import ZINC_TASK

TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        COMMON_TASK,
        DESCRIPTORS_TASK,
        GRAPHS_TASK,
        LATENT_TASK,
        MOLECULES_TASK,
        MOSES_TASK,
        POLYINFO_TASK,
        PREDICTORS_TASK,
        PROPERTIES_TASK,
        UNCONDITIONAL_TASK,
        ZINC_TASK,
    )
}

__all__ = ["TASKS", "PredictorSetting", "Setting", "Task"]
