"""Every full hour (UTC): judge production and the trial once, then do what follows, or nothing.

A candidate is promoted, rolled back, held or closed as undecided; production is rolled back to
the version before it. Of candidates that compete, the winner goes on trial. A candidate's
rollback starts a training. Every hour also looks whether one is needed for another reason:
listings that came while Airflow was away, drift, age.

What a run was about, and links to model card, trial and decision, stand in its note.
"""

from datetime import timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import Asset, dag, task
from airflow.timetables.trigger import CronTriggerTimetable

from steps import step

NOTHING = "No act follows. For: the schedule. When it fails: it cannot, it does nothing."
AGAIN = """Start a training, since the candidate lost; once for each decision.

For: the next candidate. When it fails: clear the task, or start the pipeline by hand."""
ANY_BRANCH = "none_failed_min_one_success"


@dag(
    schedule=CronTriggerTimetable("0 * * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(seconds=20)},
    doc_md=__doc__,
    tags=["trial"],
)
def evaluate_ab_dag():
    row = step("deciding.evaluate")
    roll_back = step("deciding.roll_back", row)
    others = [
        step("deciding.promote", row),
        step("deciding.hold", row),
        step("deciding.close_undecided", row),
        step("deciding.roll_production_back", row),
        step("deciding.start_winner", row),
        EmptyOperator(task_id="nothing", doc_md=NOTHING),
    ]
    step("deciding.choose", row, kind=task.branch) >> [roll_back, *others]
    [roll_back, *others] >> step("deciding.follow_registry", trigger_rule=ANY_BRANCH)
    [roll_back, *others] >> step("deciding.tell", trigger_rule="all_done")
    roll_back >> TriggerDagRunOperator(
        task_id="train_again",
        trigger_dag_id="bangalore_home_prices_pipeline",
        trigger_run_id="after_{{ ti.xcom_pull(task_ids='evaluate')['id'] }}",
        skip_when_already_exists=True,
        doc_md=AGAIN,
    )
    others >> step("training.ask", outlets=[Asset("listings")], trigger_rule=ANY_BRANCH)


evaluate_ab_dag()
