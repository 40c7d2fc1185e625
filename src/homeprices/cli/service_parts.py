"""Puts the parts of a service together: stores from bootstrap, acts from workflows."""

from __future__ import annotations

from collections.abc import Callable

from homeprices import bootstrap, markets
from homeprices.bootstrap import Stores
from homeprices.domain.identity import Identity
from homeprices.domain.records import Slot
from homeprices.domain.versions import ModelVersion
from homeprices.reports.model_cards import RegistryCards
from homeprices.serving.dependencies import Loaded, ServiceDependencies
from homeprices.settings import Settings
from homeprices.stores.candidates import candidate_to_serve
from homeprices.valuation.predict import bundle
from homeprices.workflows.drift.watch import DriftWatch, production_dataset
from homeprices.workflows.estimates.past_estimates import RebuiltEstimates
from homeprices.workflows.experiments.desk import desk
from homeprices.workflows.experiments.operator_actions import ExperimentActions


def service_parts(settings: Settings, slot: Slot) -> ServiceDependencies:
    """All that the service of `slot` needs; raises Refused naming the setting that is missing."""
    stores = bootstrap.stores(settings)
    identity = Identity(settings.require_secret())
    database = bootstrap.database(settings)
    spool, drain = bootstrap.spool(settings, slot.value)
    traffic = bootstrap.traffic(database)
    market = markets.load(settings.market)
    watch = DriftWatch(traffic, market, bootstrap.clock)
    return ServiceDependencies(
        market=market,
        slot=slot,
        wanted=_wanted(stores, slot),
        load=lambda version: _load(stores, version),
        spool=spool,
        drain=drain,
        traffic=traffic,
        drift=lambda days: watch.report(production_dataset(stores), days),
        acts=ExperimentActions(desk(settings)),
        past=RebuiltEstimates(stores.registry, bootstrap.answers(database)),
        cards=RegistryCards(stores.registry, stores.experiments),
        identity=identity,
        operator_key=settings.operator_key.get_secret_value(),
        clock=bootstrap.clock,
        poll_s=settings.poll_s,
    )


def _wanted(stores: Stores, slot: Slot) -> Callable[[], ModelVersion | None]:
    """What the slot should serve: the highest BO; the candidate on trial, or next to be."""
    if slot is Slot.PRODUCTION:
        return stores.registry.newest_production
    return lambda: candidate_to_serve(stores.registry, stores.experiments)


def _load(stores: Stores, version: ModelVersion) -> Loaded:
    valuer = bundle.load(stores.registry.files(version))
    return Loaded(valuer, stores.registry.manifest(version), valuer.complete)
