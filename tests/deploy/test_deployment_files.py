"""What docs/deployment.md hands out is right as far as that can be seen without running it; `make compose-test` runs it.

A check whose tool is not there is skipped and says which.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY


BESIDE_PYTHON = Path(sys.executable).parent
ONE_SHOTS = {"prepare", "cli"}
SECRET = re.compile(r"PASSWORD|TOKEN|SECRET")


def tool(name: str) -> str:
    """Return the path of a program from our own environment or the system; skip without it."""
    ours = BESIDE_PYTHON / name
    found = str(ours) if ours.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(
    *command: str, cwd: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False
    )


def assert_accepted(
    *command: str, cwd: Path | None = None, env: dict[str, str] | None = None
) -> str:
    done = run(*command, cwd=cwd, env=env)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def clean_environment(**more: str) -> dict[str, str]:
    theirs = ("PLACEWATCH_", "COMPOSE_", "KAFKA_", "POSTGRES_", "DOCKER_")
    return {k: v for k, v in os.environ.items() if not k.startswith(theirs)} | more


@pytest.fixture(scope="module", params=["yours", "demo"])
def compose(request: pytest.FixtureRequest, repo_root: Path) -> dict[str, Any]:
    """docker-compose.yml as Compose understands it, all profiles."""
    env_file = ["--env-file", "deploy/compose/demo.env"] if request.param == "demo" else []
    said = assert_accepted(
        tool("docker-compose"),
        *env_file,
        "--profile=*",
        "config",
        "--format=json",
        cwd=repo_root,
        env=clean_environment(),
    )
    found: dict[str, Any] = json.loads(said[said.index("{") :])
    return found


def services(compose: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from compose["services"].items()


def test_every_container_is_shut_in(compose: dict[str, Any]) -> None:
    for name, service in services(compose):
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name
        assert int(service["mem_limit"]) > 0, name
        assert int(service["pids_limit"]) > 0, name


def test_no_container_runs_as_root(compose: dict[str, Any], repo_root: Path) -> None:
    stages = (repo_root / "Dockerfile").read_text().split("\nFROM ")
    assert "USER 10001:10001" in stages[-1]
    for name, service in services(compose):
        is_ours = service["image"] == "placewatch:local"
        assert is_ours or not str(service["user"]).startswith(("0", "root")), name


def test_every_service_is_asked_how_it_is_and_comes_back(compose: dict[str, Any]) -> None:
    for name, service in services(compose):
        if name in ONE_SHOTS:
            continue
        assert service["restart"] == "unless-stopped", name
        is_ours = service["image"] == "placewatch:local"  # its Dockerfile says how
        assert is_ours or service["healthcheck"]["test"], name


def test_no_secret_is_in_an_environment(compose: dict[str, Any]) -> None:
    for name, service in services(compose):
        for variable, value in (service.get("environment") or {}).items():
            is_file = variable.endswith("_FILE") and str(value).startswith("/run/secrets/")
            assert is_file or not SECRET.search(variable), f"{name}: {variable}"


def test_only_this_machine_reaches_what_is_published(compose: dict[str, Any]) -> None:
    published = {
        name: port["host_ip"]
        for name, service in services(compose)
        for port in service.get("ports", [])
    }
    assert published == dict.fromkeys(("board", "prometheus", "grafana"), "127.0.0.1")


def test_who_needs_no_way_out_has_none(compose: dict[str, Any]) -> None:
    assert compose["networks"]["backend"]["internal"] is True
    shut_in = {
        name for name, service in services(compose) if set(service["networks"]) == {"backend"}
    }
    assert {"kafka", "postgres", "work", "prepare"} <= shut_in


def test_workers_share_no_volume(compose: dict[str, Any]) -> None:
    mounts = compose["services"]["work"]["volumes"]
    assert [m for m in mounts if m["type"] == "volume" and m.get("source")] == []


def test_the_dockerfile_has_no_known_fault(repo_root: Path) -> None:
    assert_accepted(tool("hadolint"), str(repo_root / "Dockerfile"))


def test_shell_scripts_have_no_known_fault(repo_root: Path) -> None:
    check = tool("shellcheck")
    scripts = [
        *repo_root.glob("deploy/**/*.sh"),
        *repo_root.glob("tests/compose/standins/**/*.sh"),
        *repo_root.glob("tests/compose/standins/*/run"),
    ]
    assert scripts
    assert_accepted(check, *map(str, scripts))


def test_secrets_are_made_once_and_are_nobody_elses(repo_root: Path, tmp_path: Path) -> None:
    script, folder = repo_root / "deploy" / "compose" / "make-secrets.sh", tmp_path / "secrets"
    assert_accepted("bash", str(script), str(folder))
    first = {file.name: file.read_text() for file in folder.iterdir()}
    assert set(first) == {"postgres_password", "grafana_password"}
    assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in first.values())
    assert len(set(first.values())) == len(first)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert_accepted("bash", str(script), str(folder))
    assert {file.name: file.read_text() for file in folder.iterdir()} == first


def test_prometheus_accepts_its_rules_and_they_do_what_their_tests_say(repo_root: Path) -> None:
    promtool, folder = tool("promtool"), repo_root / "deploy" / "compose"
    assert_accepted(promtool, "check", "rules", "alerts.yml", cwd=folder)
    assert_accepted(promtool, "test", "rules", "alerts_test.yml", cwd=folder)


def test_prometheus_accepts_its_configuration(repo_root: Path, tmp_path: Path) -> None:
    promtool, folder = tool("promtool"), repo_root / "deploy" / "compose"
    content = (folder / "prometheus.yml").read_text()
    rules = str(folder / "alerts.yml")
    (tmp_path / "prometheus.yml").write_text(content.replace("/etc/prometheus/alerts.yml", rules))
    assert_accepted(promtool, "check", "config", str(tmp_path / "prometheus.yml"))


def test_rules_and_dashboard_name_only_metrics_that_there_are(repo_root: Path) -> None:
    for module in ("placewatch.metrics", "producers.metrics", "streams.metrics", "sinks.metrics"):
        importlib.import_module(module)
    known = {
        name for family in REGISTRY.collect() for name in (family.name, f"{family.name}_total")
    }
    folder = repo_root / "deploy" / "compose"
    files = [folder / "alerts.yml", folder / "grafana" / "dashboards" / "placewatch.json"]
    named = {
        re.sub("_(bucket|sum|count)$", "", name)
        for file in files
        for name in re.findall(r"\bplacewatch_[a-z_]+", file.read_text())
    }
    assert named
    assert named <= known


@pytest.fixture(scope="module")
def units(repo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units as systemd would find them, but for the program, which is not installed here."""
    folder = tmp_path_factory.mktemp("units") / "system"
    shutil.copytree(repo_root / "deploy" / "systemd", folder)
    for unit in folder.glob("*.service"):
        if unit.is_file():
            text = unit.read_text().replace("/opt/placewatch/bin/placewatch", "/bin/true")
            unit.with_name(unit.name.replace("@", "@1")).write_text(text)
    (folder / "placewatch-work@.service").unlink()
    return folder


@pytest.mark.parametrize("name", ["prepare", "produce", "work@1", "sink", "board"])
def test_systemd_accepts_its_units_and_finds_them_shut_in(units: Path, name: str) -> None:
    analyze = tool("systemd-analyze")
    environment = clean_environment(SYSTEMD_UNIT_PATH=f"{units}:")
    unit = str(units / f"placewatch-{name}.service")
    # An unknown key is only a warning to it.
    assert assert_accepted(analyze, "verify", "--man=no", unit, env=environment).strip() == ""
    # 0 is the best, 10 the worst; what nobody hardened has 9 and more.
    assert_accepted(analyze, "security", "--offline=yes", "--threshold=20", unit, env=environment)


def kubernetes_objects(repo_root: Path) -> list[dict[str, Any]]:
    content = yaml.safe_load((repo_root / "deploy" / "kubernetes" / "placewatch.yaml").read_text())
    return list(content["items"])


def test_kubernetes_objects_follow_their_schemas(repo_root: Path) -> None:
    validator = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is missing")
    for each in kubernetes_objects(repo_root):
        validator.validate(each, "1.34", strict=True)


def test_kubernetes_pods_are_fit_for_the_restricted_standard(repo_root: Path) -> None:
    pods = [
        each["spec"]["template"]["spec"]
        for each in kubernetes_objects(repo_root)
        if each["kind"] in {"Deployment", "Job"}
    ]
    assert len(pods) == 5
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            allowed = container["securityContext"]
            assert allowed["allowPrivilegeEscalation"] is False
            assert allowed["readOnlyRootFilesystem"] is True
            assert allowed["capabilities"] == {"drop": ["ALL"]}
            assert "memory" in container["resources"]["limits"]
