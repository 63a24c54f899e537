"""Make the table of what mail clients support: `python tools/client_support.py`.

Fetches the data of https://www.caniemail.com (© Rémi Parmentier and contributors, MIT licence) in its npm
package and writes `digest/rendering/checks/support.json`: one line for each feature, one letter for each client.
Needs npm. Run it when a newer version of the package is out, raise `VERSION`, and read the difference: a letter
that became n is a promise that some client no longer keeps.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PACKAGE, VERSION = "caniemail", "2.0.2"
DATA = "package/data/caniemail.json"
TABLE = Path(__file__).parents[1] / "digest/rendering/checks/support.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=TABLE, help="where to write it (default: %(default)s)")
    out: Path = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        data = fetched(Path(folder))
    out.write_text(table(data), encoding="utf-8")
    print(f"{out}: {len(data['data'])} features as of {data['last_update_date'][:10]}, {out.stat().st_size:,} bytes")


def fetched(folder: Path) -> dict[str, Any]:
    """The package's data, downloaded with npm into the folder; none of its code is run."""
    subprocess.run(["npm", "pack", f"{PACKAGE}@{VERSION}", "--silent"], cwd=folder, check=True, stdout=subprocess.PIPE)
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        member = archive.extractfile(DATA)
        assert member is not None, f"{PACKAGE} {VERSION} has no {DATA}"
        loaded: dict[str, Any] = json.load(member)
    return loaded


def table(data: Mapping[str, Any]) -> str:
    """JSON with one feature a line, sorted, so that two versions can be compared."""
    features = sorted(data["data"], key=lambda feature: feature["slug"])
    clients = sorted({client for feature in features for client in _clients(feature)})
    head = {
        "source": f"https://www.caniemail.com, npm {PACKAGE} {VERSION}",
        "licence": "MIT, © Rémi Parmentier and contributors",
        "updated": data["last_update_date"][:10],
        "legend": "latest: one letter for each client, y yes, a partly, n no, u or - unknown; "
        "votes: yes, partly and no among all tested versions of all clients",
        "clients": clients,
    }
    lines = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()]
    rows = ",\n".join(f"{json.dumps(feature['slug'])}: {_row(feature, clients)}" for feature in features)
    return "{\n" + ",\n".join(lines) + ',\n"features": {\n' + rows + "\n}\n}\n"


def _clients(feature: Mapping[str, Any]) -> dict[str, list[str]]:
    """`family.platform` → the letter of each tested version, in the order of the data: the last one is the latest."""
    return {
        f"{family}.{platform}": [answer[:1] for answer in versions.values()]
        for family, platforms in feature["stats"].items()
        for platform, versions in platforms.items()
    }


def _row(feature: Mapping[str, Any], clients: list[str]) -> str:
    tested = _clients(feature)
    letters = [letter for versions in tested.values() for letter in versions]
    row = {
        "title": feature["title"].strip(),
        "latest": "".join(tested[client][-1] if tested.get(client) else "-" for client in clients),
        "votes": [letters.count(letter) for letter in "yan"],
    }
    return json.dumps(row, ensure_ascii=False)


if __name__ == "__main__":
    main()
