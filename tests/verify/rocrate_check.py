"""Check an RO-Crate against a profile with roc-validator, without the internet.

    python tests/verify/rocrate_check.py CRATE ro-crate.jsonld [required|recommended]

roc-validator (pip install roc-validator, into an environment of its own: it needs other versions of
what DVC needs) fetches RO-Crate's JSON-LD context from the web. Here it is given the one that the
package rocrate brings (rocrate/data/ro-crate.jsonld, of RO-Crate 1.3), with the few terms put right
that version 1.1 lacks or spells in another way.
"""

import io
import json
import sys
from pathlib import Path

import requests

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
NOT_IN_1_1 = ("sha256",)
OF_1_1 = {
    "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow",
    "FormalParameter": "https://bioschemas.org/FormalParameter",
    "input": "https://bioschemas.org/ComputationalWorkflow#input",
    "output": "https://bioschemas.org/ComputationalWorkflow#output",
}


def serve(context: Path) -> None:
    record = json.loads(context.read_text(encoding="utf-8"))
    for term in NOT_IN_1_1:
        record["@context"].pop(term, None)
    record["@context"].update(OF_1_1)

    def send(self, request, **options):
        answer = requests.Response()
        answer.request, answer.url = request, request.url
        answer.status_code = 200 if request.url == CONTEXT else 404
        answer.headers["Content-Type"] = "application/ld+json"
        answer.raw = io.BytesIO(json.dumps(record).encode() if answer.ok else b"")
        return answer

    requests.adapters.HTTPAdapter.send = send


def main() -> None:
    crate, context, *severity = sys.argv[1:]
    serve(Path(context))
    from rocrate_validator import services
    from rocrate_validator.models import Severity, ValidationSettings

    settings = ValidationSettings(
        rocrate_uri=crate,
        profile_identifier="workflow-run-crate",
        requirement_severity=Severity[(severity or ["required"])[0].upper()],
        cache_max_age=0,
    )
    result = services.validate(settings)
    for issue in result.get_issues():
        check = issue.check
        print(f"{issue.severity.name} {check.identifier} {check.name}: {issue.message}")
    print(f"{len(result.get_issues())} issues")
    sys.exit(1 if result.get_issues() else 0)


if __name__ == "__main__":
    main()
