"""The only place that reads the environment.

Values come from the environment, else from `settings.env` in the data folder
(written by `homes up`), else from the folder of secrets, else from the defaults below.
"""

import base64
import hmac
import os
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from dotenv.parser import parse_stream
from pydantic import Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from homeprices.domain.errors import BadInput, FieldProblem, Refused
from homeprices.domain.evidence.blocks import LARGEST_SHARE, SMALLEST_SHARE

Port = Annotated[int, Field(ge=1, le=65535)]
Address = Annotated[str, Field(pattern=r"^(https?://[^/\s]+)?$")]
# Scheme, host and port alone: a browser names no more.
_ORIGIN = r"https?://[\w.:\[\]-]+"
# Where a limit has a rate alone, so many seconds of it may come at once.
BURST_S = 40
Addressed = Literal["production", "candidate", "router", "page"]


class Settings(BaseSettings):
    """One field for each setting; the alias is the variable's name."""

    model_config = SettingsConfigDict(
        extra="ignore", frozen=True, populate_by_name=True, env_ignore_empty=True
    )

    data_dir: Path = Field(
        default=Path(".homes"),
        alias="HOMES_DATA_DIR",
        description="the folder of everything that one machine keeps",
    )
    secrets_dir: Path | None = Field(
        default=None,
        alias="HOMES_SECRETS_DIR",
        description="a folder of files, each named as a setting and holding its value",
    )
    bind: str = Field(
        default="127.0.0.1",
        alias="HOMES_BIND",
        description="containers alone: the address of this machine at which page and router answer",
    )
    files_dir: str = Field(
        default="./examples",
        alias="HOMES_FILES_DIR",
        description="containers alone: the folder that they see as `/files`, to be read",
    )
    backups_dir: str = Field(
        default="./backups",
        alias="HOMES_BACKUPS_DIR",
        description="containers alone: the folder that the schedule's sees as `/backups`; account "
        "10001 has to be allowed to write there",
    )
    image_tag: str = Field(
        default="local",
        alias="HOMES_IMAGE_TAG",
        description="containers alone: the tag of our images, those that are built and started",
    )
    market: str = Field(
        default="bangalore",
        alias="HOMES_MARKET",
        description="the city: the name of a file in `markets/`",
    )
    objects_url: str = Field(
        default="",
        alias="HOMES_OBJECTS_URL",
        description="the object store; when empty the bucket, else a folder in the data folder",
    )
    s3_bucket: str = Field(
        default="",
        pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]+)?$",
        alias="MLFLOW_S3_BUCKET",
        description="the S3 bucket of datasets and models",
    )
    aws_access_key_id: str = Field(
        default="",
        alias="AWS_ACCESS_KEY_ID",
        description="its access key; the machine's own role when empty",
    )
    aws_secret_access_key: SecretStr = Field(
        default=SecretStr(""), alias="AWS_SECRET_ACCESS_KEY", description="the access key's secret"
    )
    aws_session_token: SecretStr = Field(
        default=SecretStr(""),
        alias="AWS_SESSION_TOKEN",
        description="goes with an access key that lasts for one session",
    )
    aws_region: str = Field(
        default="",
        alias="AWS_DEFAULT_REGION",
        description="the bucket's region; `AWS_REGION`, else `us-east-1`, when empty",
    )
    aws_endpoint_url: str = Field(
        default="",
        pattern=r"^(https?://.+)?$",
        alias="AWS_ENDPOINT_URL",
        description="an S3 that is not AWS's; without TLS only where this begins with `http://`",
    )

    postgres_host: str = Field(
        default="",
        alias="POSTGRES_HOST",
        description="PostgreSQL; `homes up` starts its own when empty",
    )
    postgres_port: Port = Field(
        default=5433, alias="POSTGRES_PORT", description="its port, also of the embedded one"
    )
    postgres_user: str = Field(default="homes", alias="POSTGRES_USER", description="its role")
    postgres_password: SecretStr = Field(
        default=SecretStr(""),
        alias="POSTGRES_PASSWORD",
        description="its password; `homes up` makes one",
    )
    postgres_db: str = Field(default="homes", alias="POSTGRES_DB", description="its database")
    studies_db: str = Field(
        default="optuna",
        alias="HOMES_STUDIES_DB",
        description="the database of searches for parameters, beside ours",
    )

    host: str = Field(
        default="127.0.0.1", alias="HOMES_HOST", description="the address that services listen at"
    )
    trusted_proxy: str = Field(
        default="",
        alias="HOMES_TRUSTED_PROXY",
        description="whose X-Real-IP page and router believe: that of a proxy, by its address "
        "or network, or that of `neighbours`, all in the networks that this machine or "
        "container is in; the router takes the page's always",
    )
    tls_certificate: Path | None = Field(
        default=None,
        alias="HOMES_TLS_CERTIFICATE",
        description="the certificate, with its chain, by which page and router speak TLS",
    )
    tls_key: Path | None = Field(
        default=None, alias="HOMES_TLS_KEY", description="the key of that certificate"
    )
    cors_origins: str = Field(
        default="",
        pattern=rf"^(\*|{_ORIGIN}(\s*,\s*{_ORIGIN})*)?$",
        alias="HOMES_CORS_ORIGINS",
        description="origins whose pages may read answers, as `http://localhost:3000`, with commas "
        "between; `*` is every page, without cookies",
    )
    price_rate: int = Field(
        default=300,
        ge=0,
        alias="HOMES_PRICE_RATE",
        description="how many prices a second one client, a key or else an address, may ask for, "
        "for long; the router counts, and each worker of a service by itself; 0: any number",
    )
    price_burst: int = Field(
        default=20_000,
        ge=0,
        alias="HOMES_PRICE_BURST",
        description="how many more it may ask for at once",
    )
    feedback_rate: int = Field(
        default=5,
        ge=0,
        alias="HOMES_FEEDBACK_RATE",
        description="how many opinions a second are taken for long, of one key, or else by the "
        "router of one address and by each worker of a service of one network; 0: any number",
    )
    feedback_burst: int = Field(
        default=300,
        ge=0,
        alias="HOMES_FEEDBACK_BURST",
        description="how many more are taken at once",
    )
    act_rate: int = Field(
        default=2,
        ge=0,
        alias="HOMES_ACT_RATE",
        description="how many acts, and how many batches, a second one client may begin for long, "
        "and at once 40 s of it; 0: any number",
    )
    read_rate: int = Field(
        default=50,
        ge=0,
        alias="HOMES_READ_RATE",
        description="how many other requests a second one client may make for long, and at once "
        "40 s of it; 0: any number; of health and `/metrics` nobody is refused",
    )
    client_connections: int = Field(
        default=256,
        ge=0,
        le=6_000,
        alias="HOMES_CLIENT_CONNECTIONS",
        description="how many requests of one client the router answers at once; 0: any number",
    )
    poll_s: float = Field(
        default=5.0,
        gt=0,
        le=60,
        alias="HOMES_POLL_S",
        description="seconds between two looks of a service or the router at the object store",
    )
    production_port: Port = Field(
        default=6001,
        alias="HOMES_PRODUCTION_PORT",
        description="the port of the service that answers for production",
    )
    candidate_port: Port = Field(
        default=6002,
        alias="HOMES_CANDIDATE_PORT",
        description="the port of the service that answers for the candidate",
    )
    router_port: Port = Field(
        default=7000, alias="HOMES_ROUTER_PORT", description="the port of the router"
    )
    page_port: Port = Field(
        default=6500, alias="HOMES_PAGE_PORT", description="the port of the page"
    )

    production_url: Address = Field(
        default="",
        alias="HOMES_PRODUCTION_URL",
        description="where others find production; its port at `HOMES_HOST` when empty",
    )
    candidate_url: Address = Field(
        default="",
        alias="HOMES_CANDIDATE_URL",
        description="where others find the candidate; its port at `HOMES_HOST` when empty",
    )
    router_url: Address = Field(
        default="",
        alias="HOMES_ROUTER_URL",
        description="where others find the router; its port at `HOMES_HOST` when empty",
    )
    page_url: Address = Field(
        default="",
        alias="HOMES_PAGE_URL",
        description="where others find the page; its port at `HOMES_HOST` when empty",
    )

    airflow_url: str = Field(
        default="",
        alias="HOMES_AIRFLOW_URL",
        description="Airflow; `homes up` starts its own when empty",
    )
    airflow_port: Port = Field(
        default=8080, alias="HOMES_AIRFLOW_PORT", description="the port of the embedded Airflow"
    )
    airflow_db: str = Field(
        default="airflow", alias="HOMES_AIRFLOW_DB", description="its database, beside ours"
    )
    airflow_user: str = Field(
        default="airflow", alias="HOMES_AIRFLOW_USER", description="who logs in to Airflow"
    )
    airflow_password: SecretStr = Field(
        default=SecretStr("airflow"),
        alias="HOMES_AIRFLOW_PASSWORD",
        description="the password of that user",
    )
    tracking_uri: str = Field(
        default="",
        alias="MLFLOW_TRACKING_URI",
        description="the MLflow server; `homes up` starts its own when empty",
    )
    mlflow_port: Port = Field(
        default=5000, alias="HOMES_MLFLOW_PORT", description="the port of the embedded MLflow"
    )
    mlflow_db: str = Field(
        default="mlflow", alias="HOMES_MLFLOW_DB", description="its database, beside ours"
    )

    workers: int = Field(
        default=1,
        ge=1,
        le=64,
        alias="HOMES_WORKERS",
        description="how many processes answer at the port of a service",
    )
    shared_metrics: Path | None = Field(
        default=None,
        alias="PROMETHEUS_MULTIPROC_DIR",
        description="where several workers share their series; `homes serve` makes one",
    )
    model_prefix: Literal["best_model", "candidate_model"] = Field(
        default="best_model",
        alias="MODEL_PREFIX",
        description="the slot of `homes serve`: `best_model` or `candidate_model`",
    )
    trial_share: float = Field(
        default=0.2,
        ge=SMALLEST_SHARE,
        le=LARGEST_SHARE,
        alias="HOMES_TRIAL_SHARE",
        description="the part of visitors who meet a candidate, from the next trial on",
    )
    policy: Literal["evidence", "composite"] = Field(
        default="evidence",
        alias="HOMES_POLICY",
        description="the rule that decides trials, from the next trial on",
    )
    policy_file: Path | None = Field(
        default=None,
        alias="HOMES_POLICY_FILE",
        description="its numbers: a file like `examples/policy.toml`; relative to the data folder",
    )

    most_rejected: float = Field(
        default=0.05,
        ge=0,
        lt=1,
        alias="HOMES_MOST_REJECTED",
        description="the share of a listing file's rows that may be lost, in all and of any "
        "locality, size or price; a file that loses more is not published",
    )
    coverage: float = Field(
        default=0.8,
        ge=0.5,
        le=0.99,
        alias="HOMES_COVERAGE",
        description="the share of homes that the ranges of the next model promise to hold",
    )
    model_mb: float = Field(
        default=12.0,
        gt=0,
        alias="HOMES_MODEL_MB",
        description="what the files of a model may weigh, in millions of bytes",
    )
    estimate_us: float = Field(
        default=1000.0,
        gt=0,
        alias="HOMES_ESTIMATE_US",
        description="microseconds of processor time that one estimate of a model may take",
    )
    model_days: int = Field(
        default=30,
        ge=1,
        alias="HOMES_MODEL_DAYS",
        description="after how many days without a training the schedule trains anyway",
    )
    recipes: str = Field(
        default="blend,linear",
        alias="HOMES_RECIPES",
        description="what a scheduled training tunes and compares, with commas between",
    )
    candidates: int = Field(
        default=1,
        ge=1,
        le=10,
        alias="HOMES_CANDIDATES",
        description="how many of these a scheduled training publishes, the best first; several "
        "compete on sale prices before one goes on trial",
    )

    tuning_trials: int = Field(
        default=30,
        ge=1,
        alias="HOMES_TUNING_TRIALS",
        description="how many sets of parameters a scheduled training tries for each recipe",
    )
    tuning_seconds: float = Field(
        default=0,
        ge=0,
        alias="HOMES_TUNING_SECONDS",
        description="begin no trial after so long, where speed matters more; 0: no limit",
    )

    secret: SecretStr = Field(
        default=SecretStr(""),
        alias="HOMES_SECRET",
        description="signs ids and visits, the same for every service; `homes up` makes one",
    )
    operator_key: SecretStr = Field(
        default=SecretStr(""),
        alias="HOMES_OPERATOR_KEY",
        description="lets operators read logs and act; `homes up` makes one",
    )
    require_api_key: Literal["0", "1"] = Field(
        default="0",
        alias="HOMES_REQUIRE_API_KEY",
        description="`1`: a service answers nothing but health, its fields and its documentation "
        "without a key (`homes keys`)",
    )
    spool_sync: Literal["on", "off"] = Field(
        default="on",
        alias="HOMES_SPOOL_SYNC",
        description="`on`: a record survives power loss; `off`: a killed process only",
    )
    spool_budget_mb: int = Field(
        default=1024,
        ge=1,
        alias="HOMES_SPOOL_BUDGET_MB",
        description="how much may wait for PostgreSQL before requests are refused",
    )
    spool_keep_hours: float = Field(
        default=48,
        ge=0,
        alias="HOMES_SPOOL_KEEP_HOURS",
        description="how long the spool keeps what it has stored in PostgreSQL, for a restore from "
        "a backup; 0 keeps nothing",
    )

    batch_mb: int = Field(
        default=64,
        ge=1,
        alias="HOMES_BATCH_MB",
        description="what the body of one batch may weigh, as it comes and unpacked, in MiB",
    )
    batch_rows: int = Field(
        default=250_000,
        ge=1,
        alias="HOMES_BATCH_ROWS",
        description="how many homes one batch may hold",
    )
    batch_seconds: float = Field(
        default=600,
        gt=0,
        alias="HOMES_BATCH_SECONDS",
        description="how long one batch may take, from its first byte to its last price",
    )
    batches: int = Field(
        default=2,
        ge=1,
        alias="HOMES_BATCHES",
        description="how many batches each worker prices at once; one more is told to come back",
    )

    notify_urls: SecretStr = Field(
        default=SecretStr(""),
        alias="HOMES_NOTIFY_URLS",
        description="who is told of decisions, drift and silence: URLs of apprise, spaces between",
    )
    public_url: str = Field(
        default="",
        pattern=r"^(https?://.*[^/])?$",
        alias="HOMES_PUBLIC_URL",
        description="the address of the page as people outside know it, for links in notices",
    )
    silence_days: int = Field(
        default=7,
        ge=1,
        alias="HOMES_SILENCE_DAYS",
        description="after how many days without an opinion or a sale price somebody is told",
    )

    retention_days: int = Field(
        default=400,
        ge=31,
        alias="HOMES_RETENTION_DAYS",
        description="how long predictions and opinions are kept, in whole months",
    )
    model_retention_days: int = Field(
        default=180,
        ge=1,
        alias="HOMES_MODEL_RETENTION_DAYS",
        description="how long the files of a candidate are kept after its last lost trial",
    )

    @cached_property
    def objects(self) -> str:
        """URL of the object store: the one that is set, else the bucket, else a folder."""
        bucket = f"s3://{self.s3_bucket}" if self.s3_bucket else ""
        return self.objects_url or bucket or (self.data_dir.resolve() / "objects").as_uri()

    def address(self, service: Addressed) -> str:
        """The URL at which others find `service`: the one that is set, else host and port.

        >>> Settings(HOMES_HOST="::1", HOMES_ROUTER_PORT=7100).address("router")
        'http://[::1]:7100'
        """
        named: str = getattr(self, f"{service}_url")
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "https" if self.has_certificate and service in ("router", "page") else "http"
        return named or f"{scheme}://{host}:{getattr(self, f'{service}_port')}"

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins whose pages may read answers.

        >>> Settings(HOMES_CORS_ORIGINS="http://localhost:3000, https://homes.example").origins
        ('http://localhost:3000', 'https://homes.example')
        """
        return tuple(origin for text in self.cors_origins.split(",") if (origin := text.strip()))

    @property
    def act_limit(self) -> tuple[int, int]:
        """The rate of acts and of batches, and how many more of each at once."""
        return self.act_rate, BURST_S * self.act_rate

    @property
    def read_limit(self) -> tuple[int, int]:
        """The rate of reads, and how many more at once.

        >>> Settings(HOMES_READ_RATE=50).read_limit
        (50, 2000)
        """
        return self.read_rate, BURST_S * self.read_rate

    @property
    def has_certificate(self) -> bool:
        """True when page and router speak TLS themselves."""
        return self.tls_certificate is not None

    @property
    def is_behind_tls(self) -> bool:
        """True when visitors come by TLS, to us or to a proxy before us: cookies are secure."""
        return self.has_certificate or self.public_url.startswith("https://")

    @property
    def has_database(self) -> bool:
        """True when a PostgreSQL to talk to is known."""
        return bool(self.postgres_host)

    def database_url(self, name: str, driver: str = "psycopg") -> str:
        """The SQLAlchemy URL of the database `name` on our PostgreSQL server."""
        user = quote(self.postgres_user, safe="")
        password = quote(self.postgres_password.get_secret_value(), safe="")
        where = f"{self.postgres_host}:{self.postgres_port}/{quote(name, safe='')}"
        return f"postgresql+{driver}://{user}:{password}@{where}"

    def secret_for(self, purpose: str) -> str:
        """A secret of its own for `purpose`, 32 bytes in URL-safe base64, made of the shared one.

        The same on every machine that shares HOMES_SECRET; raises Refused without it.
        """
        made = hmac.digest(self.require_secret(), purpose.encode(), "sha256")
        return base64.urlsafe_b64encode(made).decode()

    def require_secret(self) -> bytes:
        """The secret that all services share; raises Refused when there is none."""
        if not self.secret.get_secret_value():
            raise Refused(
                "HOMES_SECRET is not set, so ids and visits cannot be signed; `homes up` makes "
                "one, elsewhere give every service the same 32 random characters"
            )
        return self.secret.get_secret_value().encode()


class OwnSettings(Settings):
    """The settings that are handed over and the defaults: the environment changes none of them."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *others: PydanticBaseSettingsSource,
        **named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is handed over, alone."""
        return (init_settings,)


# What was expected, by pydantic's type of error; the values are those of its `ctx`.
_EXPECTED = {
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "has another form than {description}",
}


def load() -> Settings:
    """The settings in force; raises BadInput naming each variable that cannot be used."""
    return _read(Path(os.environ.get("HOMES_DATA_DIR") or ".homes") / "settings.env")


def from_environment() -> Settings:
    """What the environment alone says; raises BadInput."""
    return _read(None)


def unknown() -> list[str]:
    """Sentences about variables that begin as ours do and are no settings, as after a typo."""
    known = {str(field.alias) for field in Settings.model_fields.values()}
    names = sorted({name for name in os.environ if name.startswith("HOMES_")} - known)
    return [f"{name} is no setting and changes nothing{_meant(name, known)}" for name in names]


def _meant(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"; was {close[0]} meant?" if close else ""


def require_readable(file: Path) -> None:
    """Raise Refused, with file and line, where `file` has a line that is no setting."""
    if not file.is_file():
        return
    with file.open(encoding="utf-8") as stream:
        wrong = [binding.original.line for binding in parse_stream(stream) if binding.error]
    if wrong:
        raise Refused(f"{file}, line {wrong[0]}: expected NAME=value; mend that line or delete it")


def _read(file: Path | None) -> Settings:
    if file is not None:
        require_readable(file)
    try:
        settings = Settings(_env_file=file, _secrets_dir=_secrets_dir())  # type: ignore[call-arg]
    except ValidationError as error:
        raise BadInput([_problem(detail) for detail in error.errors()]) from None
    _require_folder(settings.data_dir)
    return settings


def _secrets_dir() -> str | None:
    """The folder of secrets; raises BadInput where it is none."""
    folder = os.environ.get("HOMES_SECRETS_DIR")
    if folder and not Path(folder).is_dir():
        expected = "must be a folder of files"
        raise BadInput(
            [FieldProblem.with_sentence("HOMES_SECRETS_DIR", f"{expected}; got {folder!r}")]
        )
    return folder or None


def _problem(detail: ErrorDetails) -> FieldProblem:
    """What is wrong with one variable, in a sentence of ours."""
    name = str(detail["loc"][0])
    fields = Settings.model_fields.values()
    words = {field.alias: field.description for field in fields}.get(name)
    expected = _EXPECTED.get(detail["type"], "cannot be used").format(
        **detail.get("ctx", {}), description=words
    )
    return FieldProblem.with_sentence(name, f"{expected}; got {detail['input']!r}")


def _require_folder(folder: Path) -> None:
    """Raise BadInput where `folder` is a file, or would be below one."""
    nearest = next((path for path in (folder, *folder.absolute().parents) if path.exists()), folder)
    if nearest.exists() and not nearest.is_dir():
        expected = f"must be a folder, and {nearest} is none"
        raise BadInput([FieldProblem.with_sentence("HOMES_DATA_DIR", f"{expected}; got {folder}")])
