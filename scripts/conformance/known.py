"""What the platform knows: what fields of a name usually hold, and the ids and numbers that its answers have named.

A name, a day or a currency made up at random is refused before anything happens, and no document says what would not be.
So requests are made from schemas of their own, in which such places hold what means something; a wrong one is then wrong
in one place, and meets the code behind the others.
"""

import json
from pathlib import Path

WORDS = Path(__file__).resolve().parents[2] / "services/tests/bad_input/words.json"
# The largest number that may stand in a place of this name or format, and in any other: the most that an amount may be.
LARGEST = {"page": 100, "page_size": 100, "int32": 2**31 - 1, None: 10**15}


class Known:
    def __init__(self, **of_this_run):
        self.words = [*json.loads(WORDS.read_text()), *of_this_run.items()]

    # --- schemas

    def narrow(self, document: dict):
        """Gives the requests of a document their own schemas."""
        schemas = document["components"]["schemas"]
        own = {}
        for item in document["paths"].values():
            for operation in item.values():
                for parameter in operation.get("parameters", []):
                    if parameter["in"] == "query":
                        parameter["schema"] = self.sent(parameter["schema"], parameter["name"], schemas, own)
                for content in operation.get("requestBody", {}).get("content", {}).values():
                    content["schema"] = self.sent(content["schema"], None, schemas, own)
        schemas.update(own)

    def sent(self, schema: dict, name: str | None, schemas: dict, own: dict) -> dict:
        """The schema of what is sent in a place; those that it refers to go to `own`."""
        if not isinstance(schema, dict):
            return schema
        target = schema.get("$ref", "").rpartition("/")[2]
        meant = schemas[target] if target else schema
        kinds = meant.get("type", "string" if "x-known-values" in meant else None)
        kinds = set(kinds if isinstance(kinds, list) else [kinds])
        if values := [value for known, value in self.words if known == name and kind(value) in kinds]:
            return {"enum": values}
        if values := meant.get("x-known-values"):
            return {"enum": values}
        if target:
            if f"{target}Sent" not in own:
                own[f"{target}Sent"] = {}
                own[f"{target}Sent"] = self.sent(meant, None, schemas, own)
            return {"$ref": f"#/components/schemas/{target}Sent"}
        inner = lambda part, name=None: self.sent(part, name, schemas, own)
        schema = dict(schema)
        for word in ("anyOf", "oneOf", "allOf"):
            if word in schema:
                schema[word] = [inner(part, name) for part in schema[word]]
        if "items" in schema:
            schema = {"minItems": 1} | schema | {"items": inner(schema["items"])}
        if "properties" in schema:
            schema["properties"] = {name: inner(part, name) for name, part in schema["properties"].items()}
            schema.setdefault("additionalProperties", False)
        if "string" in kinds and not schema.keys() & {"format", "pattern", "enum", "const"}:
            schema = {"minLength": 1, "maxLength": 40} | schema
        if "integer" in kinds:
            most = LARGEST.get(name) or LARGEST.get(schema.get("format")) or LARGEST[None]
            schema = {"minimum": 1, "maximum": most} | schema
        return schema

    # --- requests and answers

    def fill(self, value, path: str):
        """Puts what answers have named where a request names the same."""
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
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
            is_a_name = name.endswith(("_no", "_id", "_token")) or name in ("code", "reference")
            if isinstance(value, str) and value and is_a_name and name != "merchant_id":
                self.words.append((name, value))
        if method == "POST" and "id" in answer:
            thing = path.rpartition("/")[2].removesuffix("s").replace("-", "_")
            # The merchant who calls stays the one whose things these are.
            if thing != "merchant":
                self.words.append((f"{thing}_id", answer["id"]))
            self.words.append((path, answer["id"]))


def kind(value) -> str:
    return {str: "string", int: "integer", list: "array", dict: "object"}[type(value)]
