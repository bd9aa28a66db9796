"""Renders every overlay with a real kubectl and validates each object.

Built-in kinds go through kubernetes-validate, custom ones through the schemas in deploy/schemas: it is an error
when a kind has no schema (kubernetes-validate itself only warns). Then come the mistakes that no schema sees:
references that lead nowhere, containers that are not restricted, roles that no service has.
"""

import copy
import functools
import json
import pathlib
import subprocess
import sys

import jsonschema
import kubernetes_validate
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERSION = "1.35"
# It reads the same schema files again for every object, which makes up most of its time.
kubernetes_validate.utils.schema_contents = functools.cache(kubernetes_validate.utils.schema_contents)
SERVICES = {"auth", "feed", "voting", "gems", "moderation", "generation", "notifications", "social", "analytics"}


def render(kubectl, overlay):
    text = subprocess.run([kubectl, "kustomize", str(overlay)], check=True, capture_output=True, text=True).stdout
    return [document for document in yaml.safe_load_all(text) if document]


def named(document):
    return f"{document.get('kind')}/{document.get('metadata', {}).get('name')}"


def schema_faults(document):
    group, kind = document.get("apiVersion", "").replace("/", "_"), document.get("kind", "")
    own = ROOT / "deploy" / "schemas" / f"{group}_{kind}.json"
    if own.exists():
        validator = jsonschema.Draft202012Validator(json.loads(own.read_text()))
        return [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in validator.iter_errors(document)]
    try:
        kubernetes_validate.validate(document, VERSION, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}"]
    except kubernetes_validate.SchemaNotFoundError:
        return [f"no schema for {document.get('apiVersion')} {kind}: add one to deploy/schemas"]
    return []


def pod(document):
    return document.get("spec", {}).get("template", {}).get("spec", {})


def restricted_faults(document):
    """What the namespace's `restricted` pod security would refuse, and what good manners ask for."""
    spec, faults = pod(document), []
    context = spec.get("securityContext", {})
    if context.get("runAsNonRoot") is not True:
        faults.append("runAsNonRoot is not set")
    if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        faults.append("no seccomp profile")
    if spec.get("automountServiceAccountToken") is not False:
        faults.append("mounts a service account's token")
    for container in spec.get("containers", []) + spec.get("initContainers", []):
        own = container.get("securityContext", {})
        if own.get("allowPrivilegeEscalation") is not False or own.get("capabilities", {}).get("drop") != ["ALL"]:
            faults.append(f"{container['name']} may gain privileges")
        if own.get("readOnlyRootFilesystem") is not True:
            faults.append(f"{container['name']} may write its image")
        image = container.get("image", "")
        if ":" not in image or image.endswith(":latest"):
            faults.append(f"{container['name']}: image {image} has no version")
        if "memory" not in container.get("resources", {}).get("limits", {}):
            faults.append(f"{container['name']} has no memory limit")
        is_job = document["kind"] == "Job"
        if not is_job and "readinessProbe" not in container:
            faults.append(f"{container['name']} has no readiness probe")
    return faults


def reference_faults(documents):
    """Names that lead nowhere."""
    faults = []
    names = {(document["kind"], document["metadata"]["name"]) for document in documents}
    labels = [
        document["spec"]["template"]["metadata"].get("labels", {})
        for document in documents
        if document["kind"] in ("Deployment", "StatefulSet")
    ]

    def chosen(selector):
        return any(selector.items() <= candidate.items() for candidate in labels)

    listeners = {
        listener["name"] for document in documents if document["kind"] == "Gateway" for listener in document["spec"]["listeners"]
    }
    for document in documents:
        kind, spec, where = document["kind"], document.get("spec", {}), named(document)
        if kind == "HTTPRoute":
            for parent in spec.get("parentRefs", []):
                if parent.get("sectionName") not in listeners:
                    faults.append(f"{where}: no listener {parent.get('sectionName')}")
            for rule in spec.get("rules", []):
                for backend in rule.get("backendRefs", []):
                    if ("Service", backend["name"]) not in names:
                        faults.append(f"{where}: no service {backend['name']}")
        elif kind in ("ScaledObject", "HorizontalPodAutoscaler"):
            target = spec["scaleTargetRef"]
            if (target.get("kind", "Deployment"), target["name"]) not in names:
                faults.append(f"{where}: no target {target['name']}")
        elif kind == "PodDisruptionBudget" and not chosen(spec["selector"]["matchLabels"]):
            faults.append(f"{where}: selects nothing")
        elif kind == "Service" and not chosen(spec["selector"]):
            faults.append(f"{where}: selects nothing")
    return faults


def role_faults(documents, roles):
    """Every role of a service is deployed once, and nothing else is."""
    deployed = {service: [] for service in SERVICES}
    for document in documents:
        for container in pod(document).get("containers", []):
            arguments = container.get("args", [])
            if document["kind"] == "Deployment" and "--only" in arguments:
                service = document["metadata"]["labels"]["app.kubernetes.io/name"]
                deployed[service].append(arguments[arguments.index("--only") + 1])
    faults = []
    for service, known in roles.items():
        for role in sorted(set(known) - set(deployed[service])):
            faults.append(f"{service}: role {role} is not deployed")
        for role in sorted(set(deployed[service]) - set(known)):
            faults.append(f"{service}: has no role {role}")
    return faults


def roles_of_services():
    """What the built services list under Roles in their `--help`; nothing where they are not built."""
    roles = {}
    for service in sorted(SERVICES):
        for build in ("debug", "release"):
            program = ROOT / ".build" / build / service
            if not program.exists():
                continue
            text = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=20).stdout
            lines = text.partition("\nRoles\n")[2].partition("\n\n")[0].splitlines()
            if lines:
                roles[service] = [line.split()[0] for line in lines]
            break
    return roles


def faults_of(documents, roles):
    faults = [f"{named(document)}: {fault}" for document in documents for fault in schema_faults(document)]
    for document in documents:
        if document["kind"] in ("Deployment", "StatefulSet", "Job"):
            faults += [f"{named(document)}: {fault}" for fault in restricted_faults(document)]
    return faults + reference_faults(documents) + role_faults(documents, roles)


def self_test(documents):
    """Breaks good manifests in known ways: each must be noticed, or the check proves nothing."""

    def broken(change):
        copies = copy.deepcopy(documents)
        change(copies)
        return faults_of(copies, {})

    def first(copies, kind):
        return next(document for document in copies if document["kind"] == kind)

    def container(copies):
        return pod(first(copies, "Deployment"))["containers"][0]

    changes = {
        "an unknown kind": lambda c: c.append({"apiVersion": "example.org/v1", "kind": "Unknown", "metadata": {"name": "x"}}),
        "a misspelt field": lambda c: first(c, "Deployment")["spec"].update(replica=3),
        "a misspelt field of a route": lambda c: first(c, "HTTPRoute")["spec"].update(hostname="x"),
        "a path without a slash": lambda c: first(c, "HTTPRoute")["spec"]["rules"][0].update(
            matches=[{"path": {"type": "Exact", "value": "v1"}}]),
        "a scaler without a query": lambda c: first(c, "ScaledObject")["spec"]["triggers"][0]["metadata"].pop("query"),
        "a number where KEDA wants text": lambda c: first(c, "ScaledObject")["spec"]["triggers"][0]["metadata"].update(
            threshold=5),
        "a scaler without its target": lambda c: first(c, "ScaledObject")["spec"]["scaleTargetRef"].update(name="nobody"),
        "a root container": lambda c: pod(first(c, "Deployment"))["securityContext"].update(runAsNonRoot=False),
        "an image without a version": lambda c: container(c).update(image="circle/auth"),
        "no readiness probe": lambda c: container(c).pop("readinessProbe"),
    }
    return [f"self-test: {what} was not noticed" for what, change in changes.items() if not broken(change)]


def main():
    kubectl, roles, failed = sys.argv[1], roles_of_services(), []
    for overlay in sorted((ROOT / "k8s" / "overlays").iterdir()):
        documents = render(kubectl, overlay)
        faults = faults_of(documents, roles)
        print(f"k8s/overlays/{overlay.name}: {len(documents)} objects, {len(faults)} faults")
        failed += faults
        if overlay.name == "production":
            failed += self_test(documents)
    for fault in failed:
        print(f"  {fault}")
    print(f"roles compared with {len(roles)} built services")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
