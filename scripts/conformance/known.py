"""What the platform knows: what fields of a name usually hold, and the ids and numbers that its answers have named."""

import json
from pathlib import Path

WORDS = Path(__file__).resolve().parents[2] / "services/tests/bad_input/words.json"


class Known:
    def __init__(self, **of_this_run):
        self.words = [*json.loads(WORDS.read_text()), *of_this_run.items()]

    def fill(self, value, path: str):
        """Puts what is known where a request of this path names the same."""
        places = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for name, inner in places:
            found = self.of(name, inner, path)
            if found is None:
                self.fill(inner, path)
            else:
                value[name] = found

    def of(self, name, made, path: str):
        """What was learned last of a place that holds the same kind of JSON."""
        owner = path.partition(f"/{{{name}}}")[0] if f"/{{{name}}}" in path else None
        for known, value in reversed(self.words):
            # A merchant is created at `/merchant` and found among `/merchants`.
            if known in (name, owner, owner and owner.removesuffix("s")) and type(value) is type(made):
                return value
        return None

    def learn(self, path: str, method: str, answer):
        """Remembers the ids and numbers of a success."""
        while isinstance(answer, dict) and isinstance(answer.get("data"), dict):
            answer = answer["data"]
        if not isinstance(answer, dict):
            return
        for name, value in answer.items():
            is_a_name = name.endswith(("_no", "_id", "_token")) or name == "reference"
            if isinstance(value, str) and value and is_a_name and name != "merchant_id":
                self.words.append((name, value))
        if method == "POST" and "id" in answer:
            thing = path.rpartition("/")[2].removesuffix("s").replace("-", "_")
            # The merchant who calls stays the one whose things these are.
            if thing != "merchant":
                self.words.append((f"{thing}_id", answer["id"]))
            self.words.append((path, answer["id"]))
