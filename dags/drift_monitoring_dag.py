"""Every day at 02:30 in Bengaluru: compare what visitors ask about with production's listings.

Drift that was seen asks for a training; the plain rule promotes nothing for twelve hours after it.
Beside that, house is kept.

What a run was about, and links to model card, trial and decision, stand in its note.
"""

from datetime import timedelta

from airflow.sdk import Asset, dag
from airflow.timetables.trigger import CronTriggerTimetable

from steps import step


@dag(
    schedule=CronTriggerTimetable("30 2 * * *", timezone="Asia/Kolkata"),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(seconds=30)},
    doc_md=__doc__,
    tags=["drift"],
)
def drift_monitoring_dag():
    watched = step("watching.watch_drift")
    watched >> step("watching.keep_page")
    watched >> step("deciding.tell")
    watched >> step("training.ask", outlets=[Asset("listings")])
    step("watching.keep_house")


drift_monitoring_dag()
