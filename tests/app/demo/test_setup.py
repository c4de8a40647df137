"""The demonstration's steps find what an earlier run has done, and do it no second time."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from support.builders import NOON
from support.nodes import Node, a_node
from support.opening import evidence_of
from support.supply import a_model, a_supplier, an_organisation

from corridor.access import ApiKeys
from corridor.app.demo import setup
from corridor.app.demo.processes import Actor, actors, node_actor, vendor_actor
from corridor.app.demo.roles import (
    LANGUAGES,
    PARTNER_PROVIDER,
    SERVICE,
    VENDOR_MODEL,
    VENDOR_PROVIDER,
    Stage,
)
from corridor.app.demo.setup import Nodes
from corridor.app.demo.story import DemoRuns, alone, stopped
from corridor.app.demo.tiers import rate
from corridor.assurance import Assurance, Rulebook
from corridor.catalogue import Catalogue, HttpEndpoint, Model
from corridor.edge.runtime import Runtime
from corridor.federation import Federation, Partner
from corridor.gateway import Gateway, Target


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "demo", 18_951)


@pytest.fixture
def pair(stage: Stage) -> Iterator[Nodes]:
    made, _ = setup.nodes(stage)
    try:
        yield made
    finally:
        made.close()


def registered(node: Runtime, name: str, sha256: str) -> Model:
    """Register a small stand-in for a real model."""
    catalogue = node.service(Catalogue)
    with node.store.transaction("test") as tx:
        catalogue.register(tx, an_organisation())
        catalogue.register(tx, a_supplier())
        return catalogue.register(tx, a_model(name, sha256=sha256))


def heads(pair: Nodes) -> tuple[int, int]:
    with pair.india.store.view() as india, pair.japan.store.view() as japan:
        return india.head(), japan.head()


class TestNodes:
    def test_they_are_made_once_and_found_afterwards(self, stage: Stage) -> None:
        first, found = setup.nodes(stage)
        key = stage.vendor_key.read_text()
        first.close()

        second, found_again = setup.nodes(stage)
        second.close()

        assert (found, found_again) == (False, True)
        assert second.india.identity.signer.public == first.india.identity.signer.public
        assert second.japan.address == "http://127.0.0.1:18952"
        assert stage.vendor_key.read_text() == key
        assert stage.vendor_key.stat().st_mode & 0o077 == 0

    def test_a_run_that_made_only_one_of_them_is_completed(self, stage: Stage) -> None:
        made, _ = setup.nodes(stage)
        made.close()
        (stage.home_jp / "key.pem").unlink()

        again, found = setup.nodes(stage)
        again.close()

        assert not found
        assert again.india.identity.signer.public == made.india.identity.signer.public


class TestProviders:
    @pytest.fixture
    def models(self, pair: Nodes) -> tuple[Model, Model]:
        return registered(pair.india, "one", "ab" * 32), registered(pair.japan, "two", "cd" * 32)

    def test_the_helpline_asks_the_vendor_first_and_then_the_partner(
        self, pair: Nodes, stage: Stage, models: tuple[Model, Model]
    ) -> None:
        setup.providers(pair, stage, *models)

        gateway, catalogue = pair.india.service(Gateway), pair.india.service(Catalogue)
        with pair.india.store.view() as view:
            assert gateway.routes(view)[SERVICE].providers == (VENDOR_PROVIDER, PARTNER_PROVIDER)
            assert gateway.service(view, SERVICE).languages == LANGUAGES
            endpoints = [p.endpoint for p in catalogue.providers(view).values()]
        assert [e.base_url for e in endpoints if isinstance(e, HttpEndpoint)] == [
            "http://127.0.0.1:18953/v1",
            "http://127.0.0.1:18952/v1",
        ]

    def test_doing_it_again_adds_no_record(
        self, pair: Nodes, stage: Stage, models: tuple[Model, Model]
    ) -> None:
        setup.providers(pair, stage, *models)
        before = heads(pair)

        setup.providers(pair, stage, *models)

        assert heads(pair) == before

    def test_what_a_cut_off_drill_left_suspended_is_lifted(
        self, pair: Nodes, stage: Stage, models: tuple[Model, Model]
    ) -> None:
        setup.providers(pair, stage, *models)
        gateway = pair.india.service(Gateway)
        with pair.india.store.transaction("test") as tx:
            gateway.suspend(
                tx, Target(kind="supplier", name="overseas-vendor"), timedelta(hours=1), "drill"
            )

        setup.providers(pair, stage, *models)

        with pair.india.store.view() as view:
            assert gateway.suspensions(view) == []


class TestAccess:
    @pytest.fixture
    def models(self, pair: Nodes, stage: Stage) -> tuple[Model, Model]:
        """Two models with providers and evidence, of which the second is the partner's."""
        found = registered(pair.india, "one", "ab" * 32), registered(pair.japan, "two", "cd" * 32)
        setup.providers(pair, stage, *found)
        key = pair.japan.identity.signer.public.hex
        with pair.india.store.transaction("test") as tx:
            tx.append(Partner(made_at=NOON, name="jp", url=pair.japan.address, public_key=key))
            for provider in pair.india.service(Catalogue).providers(tx).values():
                evidence_of(tx, provider, pair.india.store.clock())
        return found

    def test_each_model_is_granted_to_the_application_and_to_the_prober(
        self, pair: Nodes, stage: Stage, models: tuple[Model, Model]
    ) -> None:
        granted = setup.access(pair, stage, *models)

        assert [(each.grantee, each.grant.model, each.grant.node) for each in granted] == [
            ("helpline-app", "one", "in"),
            ("helpline-app", "two", "jp"),
            ("prober", "one", "in"),
            ("prober", "two", "jp"),
        ]
        assert {each.grant.visibility for each in granted if each.grant.node == "jp"} == {
            "partners"
        }
        assert not any(each.found for each in granted)

    def test_doing_it_again_adds_no_record_and_changes_no_key(
        self, pair: Nodes, stage: Stage, models: tuple[Model, Model]
    ) -> None:
        setup.access(pair, stage, *models)
        before, key = heads(pair), stage.caller_key.read_text()

        again = setup.access(pair, stage, *models)

        assert all(each.found for each in again)
        assert heads(pair) == before
        assert stage.caller_key.read_text() == key

    def test_a_key_that_is_no_longer_in_force_is_made_anew(
        self, pair: Nodes, stage: Stage, models: tuple[Model, Model]
    ) -> None:
        setup.access(pair, stage, *models)
        old = stage.caller_key.read_text()
        with pair.india.store.transaction("test") as tx:
            pair.india.service(ApiKeys).revoke(tx, old[:11], "lost")

        setup.access(pair, stage, *models)

        assert stage.caller_key.read_text() != old
        assert stage.caller_key.stat().st_mode & 0o077 == 0


class TestPartnership:
    @pytest.fixture
    def served(self, tmp_path: Path) -> Iterator[tuple[Node, Node]]:
        with ExitStack() as stack:
            india = stack.enter_context(a_node(tmp_path, "in"))
            japan = stack.enter_context(a_node(tmp_path, "jp"))
            india.start()
            japan.start()
            yield india, japan

    def test_each_trusts_the_other_once_however_often_it_is_done(
        self, served: tuple[Node, Node]
    ) -> None:
        india, japan = served
        pair = Nodes(india.runtime, japan.runtime)
        setup.partnership(pair)
        before = heads(pair)

        setup.partnership(pair)

        assert heads(pair) == before
        for us, them in ((india, "jp"), (japan, "in")):
            with us.runtime.store.view() as view:
                assert [p.name for p in us.runtime.service(Federation).known(view)] == [them]


class TestAlone:
    def test_a_second_demonstration_on_a_folder_is_refused_and_the_first_goes_on(
        self, stage: Stage
    ) -> None:
        with alone(stage):
            for _ in range(2):
                with pytest.raises(DemoRuns) as refusal, alone(stage):
                    pass
                assert refusal.value.hint
        with alone(stage):
            pass

    def test_another_folder_is_free(self, stage: Stage, tmp_path: Path) -> None:
        with alone(stage), alone(Stage(tmp_path / "other", 1)):
            pass

    def test_stopping_where_nothing_runs_does_nothing(self, stage: Stage, pair: Nodes) -> None:
        assert pair.india.identity.name == "in"
        stopped(stage)

    def test_the_actors_are_those_that_are_set_up(self, stage: Stage) -> None:
        assert [actor.name for actor in actors(stage)] == ["vendor"]
        made, _ = setup.nodes(stage)
        made.close()
        assert [actor.name for actor in actors(stage)] == ["node in", "node jp", "vendor"]
        assert vendor_actor(stage).key == stage.vendor_key.read_text()
        assert isinstance(node_actor(stage.home_in), Actor)


class TestTiers:
    def test_compute_is_reckoned_from_what_the_makers_publish_and_persons_say_the_rest(
        self, pair: Nodes
    ) -> None:
        found = registered(pair.india, VENDOR_MODEL, "ab" * 32)
        for _ in range(2):
            with pair.india.store.transaction("test") as tx:
                rate(pair.india, tx, found)
        assurance = pair.india.service(Assurance)
        with pair.india.store.view() as view:
            told = assurance.explained(view, VENDOR_MODEL, LANGUAGES)
            assert len(pair.india.service(Rulebook).history(view)) == 1
        assert told.rules == "baseline, edition 2"
        assert told.compute.flop == 6 * 270_000_000 * 6_000_000_000_000
        for language in told.languages:
            assert language.tier == 0
            states = {each.domain: each.state for each in language.domains}
            assert states.pop("general") == "set", "no evidence meets a rule: a person's word"
            assert set(states.values()) == {"ruled"}
            general = next(each for each in language.domains if each.domain == "general")
            assert "by the rules it is 3" in general.why
            assert general.missing, "what would have to be measured is said all the same"
