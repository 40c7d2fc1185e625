"""Mondays at 03:00 in Bengaluru, and whenever listings arrive: train a candidate and try it.

`check` says whether a training is needed, and stops with the reason where it
is not, or where a trial is open. From there to `end` no other run trains.

What a run was about, and links to model card, trial and decision, stand in its note.
"""

from datetime import timedelta

from airflow.sdk import Asset, dag, task
from airflow.timetables.assets import AssetOrTimeSchedule
from airflow.timetables.trigger import CronTriggerTimetable

from steps import call, documented, step

WEEKLY = CronTriggerTimetable("0 3 * * 1", timezone="Asia/Kolkata")


@dag(
    schedule=AssetOrTimeSchedule(timetable=WEEKLY, assets=[Asset("listings")]),
    catchup=False,
    max_active_runs=4,
    dagrun_timeout=timedelta(hours=5),
    # Half a minute without PostgreSQL is no reason to give a training up.
    default_args={
        "retries": 4,
        "retry_delay": timedelta(seconds=10),
        "retry_exponential_backoff": True,
    },
    doc_md=__doc__,
    tags=["training"],
)
def bangalore_home_prices_pipeline():
    @task(doc_md=documented("training.tune"))
    def tune(number, recipe):
        return call("training.tune", number, recipe)

    number = step("training.check", "{{ run_id }}", "{{ dag_run.run_type.value }}")
    recipes = step("training.recipes", number)
    step("training.validate", number) >> recipes
    model = step("training.train", number, tune.partial(number=number).expand(recipe=recipes))
    experiment = step("training.serve", model) >> step("training.open_experiment", model)
    (
        [step("training.track", model), experiment]
        >> step("deciding.follow_registry")
        >> step("training.end", number).as_teardown(setups=number)
    )


bangalore_home_prices_pipeline()
