#!/usr/bin/env python3
"""Measure how far generated OpenAPI documents cover the reference contracts (README.md beside this file says how to read it)."""
from __future__ import annotations

import argparse
import json
import re
import signal
import sys
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from urllib.parse import unquote

import yaml

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
SYSTEM = set("health healthz live livez ready readyz ping metrics swagger swagger-ui docs redoc api-docs "
             "openapi openapi.json openapi.yaml".split())  # first path segment of a system route
IGNORED_HEADERS = "X-Request-ID,traceparent,tracestate,Idempotency-Key,Authorization,Accept,Content-Type"
MARKS = {"code", "message", "success", "error"}  # an object with `data` beside one of these is an envelope
EMPTY_ENVELOPE = MARKS | {"details", "trace_id", "request_id", "timestamp"}  # what an envelope without data may hold
SCHEMA_ROOT = re.compile(r".*/schema|#/(components/schemas|\$defs)/[^/]+")  # where a schema of its own begins
STRICT_FORMATS = {"uuid", "date-time"}
KEYWORDS = set("type nullable enum const format properties required items additionalProperties patternProperties "
               "x-known-values x-values-of".split())  # what own() reads
KINDS = {dict: "an object", list: "a list", str: "a text"}
JSON_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", dict: "object", list: "array",
              type(None): "null"}
MISSING = object()
BODY, NEED = "(body)", {True: "required", False: "optional"}


class InputError(Exception):
    """Input that cannot be used; the text names the file."""


# ---------------------------------------------------------------- reading documents

class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML whose keys are texts, status codes too."""

    def construct_mapping(self, node, deep=False):
        pairs = super().construct_mapping(node, deep).items()
        return {k if isinstance(k, str) else json.dumps(k, default=str): v for k, v in pairs}


def load(path: Path):
    raw, is_json = path.read_bytes(), path.suffix == ".json"
    try:
        text, depth = raw.decode("utf-8-sig"), 0
        if is_json:
            return json.loads(text)
        for event in yaml.parse(text, Loader):  # very deep input crashes the C parser, so look first
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > 400:
                raise ValueError("nested too deep")
        return yaml.load(text, Loader)
    except Exception as err:  # whatever stops a parser is bad input
        mark = getattr(err, "problem_mark", None)
        spot = f"line {mark.line + 1}, column {mark.column + 1}: {err.problem}" if mark else str(err).split("\n")[0]
        raise InputError(f"{path}: bad {'JSON' if is_json else 'YAML'}: {spot}") from None


@dataclass(frozen=True, eq=False)
class Node:
    """A schema with $ref, allOf, anyOf and oneOf worked in; its children stay raw."""
    types: frozenset | None = None  # None: says nothing about the type; empty: only null
    nullable: bool | None = None
    format: str | None = None
    enum: tuple | None = None
    known: tuple | None = None  # x-known-values, or the values that x-values-of points to
    props: dict = field(default_factory=dict)
    required: frozenset = frozenset()
    items: object = None
    extra: object = None  # additionalProperties: None, True, False or a schema

    def __str__(self):
        kinds = ["any"] if self.types is None else sorted(self.types)
        return "|".join(kinds + ["null"] * bool(self.nullable))


ANY = Node()


class Doc:
    """One OpenAPI document: references settled, schemas as Nodes, operations by method and path."""

    def __init__(self, path: Path, data):
        self.path, self.data, self.notes = path, data, []
        self.where, self.targets, self.nodes, self.merged, self.busy = {}, {}, {}, {}, set()
        if not isinstance(data, dict) or not str(data.get("openapi", "")).startswith("3."):
            raise InputError(f"{path}: not an OpenAPI 3 document (no top-level `openapi: 3.x`)")
        self.index()

    def at(self, obj):
        return self.where.get(id(obj), "#")

    def fail(self, where, text):
        raise InputError(f"{self.path}: {where}: {text}")

    def get(self, obj, key, kind):
        """obj[key], empty when absent; another kind of value is bad input."""
        value = obj.get(key)
        if value is not None and not isinstance(value, kind):
            self.fail(self.at(obj), f"`{key}` must be {KINDS[kind]}")
        return kind() if value is None else value

    def index(self):
        """Note where each object lies and settle every $ref, so that a dangling one is found anywhere."""
        todo = [(self.data, "#", ())]
        while todo:
            node, at, scopes = todo.pop()
            if not isinstance(node, (dict, list)) or id(node) in self.where:
                continue
            self.where[id(node)] = at
            if isinstance(node, dict) and ("$defs" in node or "definitions" in node or SCHEMA_ROOT.fullmatch(at)):
                scopes = (node, *scopes)
            if isinstance(node, dict) and isinstance(node.get("$ref"), str):
                self.targets[id(node)] = self.resolve(node["$ref"], scopes, at)
            for key, child in node.items() if isinstance(node, dict) else enumerate(node):
                todo.append((child, f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}", scopes))

    def resolve(self, ref, scopes, at):
        """The target, looked up from the document root, then from the enclosing schemas, which may hold $defs."""
        if not ref.startswith("#"):
            self.fail(at, f"$ref to another document is not supported: {ref}")
        parts = [unquote(part).replace("~1", "/").replace("~0", "~") for part in ref.split("/")]
        scopes = [self.data, *scopes] if parts[1:] else [s for s in scopes[::-1] if s is not self.data]
        for node in scopes if parts[0] == "#" else ():  # "#" alone means the schema it stands in
            try:
                for part in parts[1:]:
                    node = node[int(part) if isinstance(node, list) else part]
                return node
            except (KeyError, IndexError, TypeError, ValueError):
                continue
        self.fail(at, f"dangling $ref {ref}")

    def deref(self, raw, where):
        """The path item, parameter, body or response behind its references."""
        for _ in range(50):
            if not isinstance(raw, dict):
                self.fail(where, "must be an object")
            if not isinstance(raw.get("$ref"), str):
                return raw
            raw = self.targets[id(raw)]
        self.fail(where, "circular $ref")

    # -- schemas

    def node(self, raw) -> Node:
        if raw is MISSING or raw is None or isinstance(raw, bool) or id(raw) in self.busy:  # busy: made of itself alone
            return ANY
        if not isinstance(raw, dict):
            self.fail(self.at(raw), f"a schema must be an object, not {json.dumps(raw, default=str)[:40]}")
        if id(raw) not in self.nodes:
            self.busy.add(id(raw))
            self.nodes[id(raw)] = self.build(raw)
            self.busy.discard(id(raw))
        return self.nodes[id(raw)]

    def build(self, raw) -> Node:
        parts = [self.own(raw)] if KEYWORDS & raw.keys() else []
        if isinstance(raw.get("$ref"), str):
            parts.append(self.node(self.targets[id(raw)]))
        parts += map(self.node, self.get(raw, "allOf", list))
        for key in ("anyOf", "oneOf"):
            branches = list(map(self.node, self.get(raw, key, list)))
            live = [n for n in branches if n.types is None or n.types]  # a branch that is only null just allows null
            node = self.combine("anyOf", live) if live else Node(types=frozenset())
            if branches:
                parts.append(node if len(live) == len(branches) else replace(node, nullable=True))
        node = self.combine("allOf", [n for n in parts if n is not ANY])
        return replace(node, nullable=True) if raw.get("nullable") is True else node  # OpenAPI 3.0

    def own(self, raw) -> Node:
        """The keywords of the schema itself."""
        kinds, props, required = raw.get("type"), self.get(raw, "properties", dict), self.get(raw, "required", list)
        kinds = [kinds] if isinstance(kinds, str) else kinds
        for key, names in (("type", kinds), ("required", required)):
            if names is not None and not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
                self.fail(self.at(raw), f"`{key}` must hold texts")
        values = [raw["const"]] if "const" in raw else self.get(raw, "enum", list)
        items, extra = raw.get("items"), raw.get("additionalProperties")
        for schema in self.get(raw, "patternProperties", dict).values():  # a map with numbers as keys
            extra = schema if extra in (None, False) else extra
        if kinds is None and (values or props or extra or items):  # no type given: the other keywords tell
            kinds = [JSON_TYPES.get(type(v), "string") for v in values] or ["object" if props or extra else "array"]
        known = raw.get("x-known-values")
        if isinstance(raw.get("x-values-of"), str):
            named = self.get(self.get(self.data, "components", dict), "schemas", dict).get(raw["x-values-of"])
            known = self.node(named).enum or self.node(named).known
        return Node(types=None if kinds is None else frozenset(kinds) - {"null"},
                    nullable=None if kinds is None else "null" in kinds,
                    format=self.get(raw, "format", str) or None, enum=tuple(v for v in values if v is not None) or None,
                    known=tuple(v for v in known if v is not None) if isinstance(known, (list, tuple)) else None,
                    props=props, required=frozenset(required), items=items if isinstance(items, dict) else None,
                    extra=extra)

    def combine(self, key, nodes) -> Node:
        """One Node out of several that all hold (allOf) or of which one holds (anyOf)."""
        if len(nodes) < 2:
            return nodes[0] if nodes else ANY  # the very Node of a plain $ref: cycles show by identity
        every = key == "allOf"
        said = lambda name: [getattr(n, name) for n in nodes if getattr(n, name) is not None]

        def fold(name, both, either):
            values = said(name)  # one branch of anyOf that leaves it open leaves it open for all
            told = values and (every or len(values) == len(nodes))
            return reduce(both if every else either, values) if told else None

        props = {}
        for node in nodes:
            for name, raw in node.props.items():
                props[name] = [*props.get(name, ()), raw]
        return Node(types=fold("types", lambda a, b: a & b or b, lambda a, b: a | b),
                    nullable=fold("nullable", lambda a, b: a and b, lambda a, b: a or b),
                    format=fold("format", lambda a, b: a, lambda a, b: a if a == b else None),
                    enum=fold("enum", lambda a, b: tuple(v for v in a if v in b), lambda a, b: a + b),
                    known=fold("known", lambda a, b: a, lambda a, b: a + b),
                    props={name: self.merge(key, raws) for name, raws in props.items()},
                    required=reduce(frozenset.union if every else frozenset.intersection, said("required")),
                    items=self.merge(key, said("items")), extra=self.merge(key, said("extra")))

    def merge(self, key, parts):
        """One raw schema out of several; the same one each time it is asked for."""
        ids = tuple(dict.fromkeys(map(id, parts)))
        return self.merged.setdefault((key, ids), {key: parts}) if len(ids) > 1 else parts[0] if ids else None

    # -- operations

    def operations(self):
        """{(METHOD, normal path): (path, path item, operation)}"""
        out = {}
        for path, raw in self.get(self.data, "paths", dict).items():
            item = {} if path.startswith("x-") else self.deref(raw, f"paths: {path}")
            for method in (m for m in METHODS if m in item):
                key = method.upper(), normal(path)
                if key in out:
                    self.notes.append(f"{self.path.name}: {key[0]} {path} not compared: same route as {out[key][0]}")
                else:
                    out[key] = path, item, self.deref(item[method], f"{key[0]} {path}")
        return out

    def expected(self):
        """Routes that callers use although the service lacks them: {key: (path, caller)}."""
        out = {}
        for key in ("x-missing-routes", "x-client-expected-operations"):
            for i, entry in enumerate(self.get(self.data, key, list)):
                if not isinstance(entry, dict) or not all(isinstance(entry.get(k), str) for k in ("method", "path")):
                    self.fail(f"#/{key}/{i}", "needs the texts `method` and `path`")
                out[entry["method"].upper(), normal(entry["path"])] = entry["path"], str(entry.get("caller"))
        return out

    def parameters(self, path, item, op, ignored):
        """{key: (label, required, schema)}; path parameters go by position, their names do not matter."""
        names = [name.strip("*") for name in re.findall(r"\{([^{}]*)\}", path)]
        out = {("path", i): (f"path {name}", True, None) for i, name in enumerate(names)}
        for raw in self.get(item, "parameters", list) + self.get(op, "parameters", list):
            param = self.deref(raw, f"{path}: parameters")
            name, place = self.get(param, "name", str), self.get(param, "in", str)
            if not name or not place:
                self.fail(f"{path}: parameters", "a parameter needs `name` and `in`")
            if place == "header" and name.lower() in ignored or place == "path" and name not in names:
                continue
            key = place, names.index(name) if place == "path" else name.lower() if place == "header" else name
            schema = param["schema"] if "schema" in param else self.content(param)
            out[key] = f"{place} {name}", place == "path" or param.get("required") is True, schema
        return out

    def content(self, holder):
        """The schema of a body, the JSON one if there is one; MISSING without a body."""
        content = self.get(holder, "content", dict)
        if not content:
            return MISSING
        name = min(content, key=lambda name: not name.split(";")[0].strip().lower().endswith("json"))
        return self.deref(content[name] or {}, f"{self.at(holder)}/content/{name}").get("schema")

    def success(self, op, wanted=None):
        """(code, response) of a 2xx answer: the wanted code, else the first with a body; (None, {}) without any."""
        found = {code: self.deref(raw, f"{self.at(op)}/responses/{code}")
                 for code, raw in self.get(op, "responses", dict).items() if re.fullmatch("2([0-9][0-9]|XX|xx)", code)}
        code = min(found, key=lambda code: (code != wanted, not found[code].get("content"), code), default=None)
        return code, found.get(code, {})

    def unwrap(self, raw):
        """The payload inside its envelopes (MISSING when they hold none), and the envelopes."""
        envelopes = []
        while raw is not MISSING and len(envelopes) < 3:
            node = self.node(raw)
            names = set(node.props)
            inner = names <= EMPTY_ENVELOPE | {"data"} if envelopes else "id" not in names
            if "data" in names and names & MARKS and inner:
                raw = node.props["data"]
            elif not envelopes and {"message"} < names <= EMPTY_ENVELOPE and names & {"code", "success"}:
                raw = MISSING
            elif node.types == frozenset():  # data: null
                return MISSING, envelopes
            else:
                break
            envelopes.append(node)
        return raw, envelopes


def whole(schema, required=False):
    """A body as the only field of an object, so that it is compared like any other field."""
    return ANY if schema is MISSING else Node(props={BODY: schema}, required=frozenset([BODY] if required else ()))


def normal(path):
    return "/" + re.sub(r"\{[^{}]*\}", "{}", path).strip("/")


# ---------------------------------------------------------------- comparing

class Comparison:
    """Compares operations; counts params, request fields and response fields as [ok, total]."""

    def __init__(self, ref: Doc, gen: Doc, ignored, depth):
        self.ref, self.gen, self.ignored, self.depth = ref, gen, ignored, depth
        self.counts = {"params": [0, 0], "request": [0, 0], "response": [0, 0]}

    def operation(self, r, g):
        """r and g: (path, path item, operation). Returns the differences."""
        self.found = []
        for self.side, compare in (("params", self.parameters), ("request", self.request), ("response", self.response)):
            compare(r, g)
        return self.found

    def say(self, kind, path, detail, scored=True):
        self.found.append({"section": self.side, "path": path, "kind": kind, "detail": detail, "scored": scored})

    def count(self, ok):
        self.counts[self.side][0] += bool(ok)
        self.counts[self.side][1] += 1

    def parameters(self, r, g):
        mine, theirs = self.ref.parameters(*r, self.ignored), self.gen.parameters(*g, self.ignored)
        label = {key: param[0] for key, param in [*theirs.items(), *mine.items()]}
        self.fields(*(Node(props={label[key]: param[2] for key, param in side.items()},
                           required=frozenset(label[key] for key in side if side[key][1])) for side in (mine, theirs)))

    def request(self, r, g):
        bodies = [doc.deref(op.get("requestBody") or {}, f"{doc.at(op)}/requestBody")
                  for doc, op in ((self.ref, r[2]), (self.gen, g[2]))]
        self.fields(*(whole(doc.content(body), body.get("required") is True)
                      for doc, body in zip((self.ref, self.gen), bodies)))

    def response(self, r, g):
        code, r = self.ref.success(r[2])
        other, g = self.gen.success(g[2], code)
        if code is None:
            return
        if code != other:
            self.say("status", BODY, f"reference {code}, generated {other or 'has no 2xx answer'}", scored=not other)
        mine, theirs = self.payloads(self.ref.content(r), self.gen.content(g))
        if mine is MISSING and not other:
            self.count(False)  # there is no field that could be missing
        self.fields(whole(mine), whole(theirs))

    def payloads(self, mine, theirs):
        """Both bodies without their envelopes; what differs in the envelopes becomes notes."""
        outer, r_props, g_props = theirs, self.ref.node(mine).props, self.gen.node(theirs).props
        mine, r_env = self.ref.unwrap(mine)
        theirs, g_env = self.gen.unwrap(theirs)
        if g_env and not r_env and ("data" in r_props or theirs is MISSING):
            theirs, g_env = outer, []  # the reference body is {data, ...} or {message}: compare the bodies as they are
        elif r_env and not g_env and "data" in g_props and "data" not in self.ref.node(mine).props:
            theirs = g_props["data"]  # {data} alone: the payload lies where the reference has it
        if len(r_env) != len(g_env) and outer is not MISSING:
            self.say("envelope", BODY, f"{len(r_env)} in the reference, {len(g_env)} in generated", scored=False)
        for a, b in zip(r_env, g_env):
            for name in (n for n in a.props if n != "data"):
                x, y = self.ref.node(a.props[name]), self.gen.node(b.props.get(name))
                if name not in b.props or None not in (x.types, y.types) and x.types != y.types:
                    other = y if name in b.props else "has none"
                    self.say("envelope", name, f"reference {x}, generated {other}", scored=False)
        return mine, theirs

    def fields(self, R, G, path="", seen=frozenset(), depth=0):
        """Compare what two objects hold. Without G the fields are only counted, so totals depend on the reference."""
        prefix = "" if path in ("", BODY) else path + "."
        for name, raw in R.props.items():
            where = prefix + name
            must, there = name in R.required, G is not None and name in G.props
            ok = self.visit(raw, G.props[name] if there else MISSING, where, seen, depth)
            if G is not None and not there:
                self.say("missing", where, f"reference {self.ref.node(raw)}, {NEED[must]}")
            elif there and must != (name in G.required) and self.side != "response":
                self.say("required", where, f"{NEED[must]} in the reference, {NEED[not must]} in generated")
                ok = False
            elif there and must and name not in G.required:
                self.say("optional", where, "always sent in the reference, may be absent in generated", scored=False)
            self.count(ok)
        for name in (n for n in (G.props if G else ()) if n not in R.props):
            must = name in G.required and self.side != "response"  # the reference's calls would fail
            if must or R.extra in (None, False):
                kind = "extra-required" if must else "extra"
                self.say(kind, prefix + name, f"generated {self.gen.node(G.props[name])}", scored=must)
            if must:
                self.count(False)

    def visit(self, r, g, path, seen, depth):
        """Compare one value and all below it; True when the value itself agrees."""
        R, G = self.ref.node(r), None if g is MISSING else self.gen.node(g)
        ok = G is not None and self.same(R, G, path)
        if R.types is None or depth >= self.depth or id(R) in seen:
            return ok
        if G is not None and not (G.types and G.types & R.types):
            G = None  # nothing below can agree, and that has been said
        deeper = seen | {id(R)}, depth + 1
        self.fields(R, G, path, *deeper)
        for mark, mine, theirs in (("[]", R.items, G and G.items), ("{}", R.extra, G and G.extra)):
            if not isinstance(mine, dict) or self.ref.node(mine).types is None:
                continue
            known = isinstance(theirs, dict)
            if G is not None and not known:
                self.say("type", path + mark, f"reference {self.ref.node(mine)}, generated any")
            ok = self.visit(mine, theirs if known else MISSING, path + mark, *deeper) and ok
        return ok

    def same(self, R, G, path):
        """Type, null-ability, format and values of one value."""
        before = len(self.found)
        if R.types is None:
            return True
        if R.types != G.types:
            self.say("type", path, f"reference {R}, generated {G}")
            return False
        if bool(R.nullable) != bool(G.nullable) and self.side != "params":
            # a request that also takes null breaks nobody; null as the whole payload is the envelope's matter
            loose = G.nullable if self.side == "request" else path == BODY
            self.say("nullable", path, f"reference {R}, generated {G}", scored=not loose)
        if R.format and G.format and R.format != G.format and {R.format, G.format} & STRICT_FORMATS:
            self.say("format", path, f"reference {R.format}, generated {G.format}")
        wanted, text = R.known if R.enum is None else R.enum, lambda v: json.dumps(v, sort_keys=True, default=str)
        if G.enum is not None and wanted is None:
            self.say("enum", path, f"reference leaves the values open, generated has {len(G.enum)}", scored=False)
        elif G.enum is not None:
            lost = [text(v) for v in wanted if text(v) not in map(text, G.enum)]
            if lost:
                self.say("enum", path, "generated rejects " + ", ".join(lost))
        return not any(f["scored"] for f in self.found[before:])


# ---------------------------------------------------------------- services and output

COLUMNS = {"operations": "operations", "internal": "internal", "expected": "expected by callers", "system": "system",
           "params": "params ok", "request": "request fields ok", "response": "response fields ok"}


def compare_service(name, ref: Doc, gen: Doc | None, args):
    """The measures of one service as a plain dict; [covered, total] under each name of COLUMNS."""
    mine, theirs, expected = ref.operations(), gen.operations() if gen else {}, ref.expected()
    is_system = lambda key: key[1].split("/")[1].lower() in SYSTEM
    business = [k for k in mine if not is_system(k)]
    internal = [k for k in business if mine[k][2].get("x-internal") is True]
    chosen = internal if args.internal_only else business
    comparison = Comparison(ref, gen or ref, {h.strip().lower() for h in args.ignore_headers.split(",")}, args.depth)
    details = [{"method": k[0], "path": mine[k][0], "internal": k in internal,
                "status": "present" if k in theirs else "missing",
                "differences": comparison.operation(mine[k], theirs[k]) if k in theirs else []} for k in chosen]
    covered = lambda keys: [sum(k in theirs for k in keys), len(keys)]
    return {"service": name, "reference": ref.path.name, "generated": gen and gen.path.name,
            "operations": covered(chosen), "internal": covered(internal), "expected": covered(list(expected)),
            "system": covered([k for k in mine if is_system(k)]), **comparison.counts,
            "extra_operations": [f"{k[0]} {v[0]}" for k, v in theirs.items()
                                 if k not in mine and k not in expected and not is_system(k)],
            "expected_by_callers": [{"method": k[0], "path": v[0], "caller": v[1], "present": k in theirs}
                                    for k, v in expected.items()],
            "notes": ref.notes + (gen.notes if gen else []), "details": details}


def percent(pair):
    """One decimal, rounded down: 100.0 means all. None when there was nothing to measure."""
    return (1000 * pair[0] // pair[1]) / 10 if pair[1] else None


def cell(pair):
    return f"{pair[0]}/{pair[1]} {percent(pair):5.1f}%" if pair[1] else "-"


def print_table(rows, totals):
    lines = [["service", *COLUMNS.values(), "extra ops"]]
    lines += [[row["service"] + ("" if row["generated"] else " (no document)"), *(cell(row[c]) for c in COLUMNS),
               str(len(row["extra_operations"]))] for row in [*rows, totals]]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for i, line in enumerate(lines):
        if i in (1, len(lines) - 1):
            print("-" * (sum(widths) + 2 * len(widths) - 2))
        print("  ".join(v.rjust(w) if column else v.ljust(w) for column, (v, w) in enumerate(zip(line, widths))))


def print_detail(row):
    print(f"\n== {row['service']}" + ("" if row["generated"] else ": no generated document"))
    for op in row["details"]:
        if op["status"] == "missing" or op["differences"]:
            print(op["method"], op["path"] + " [internal]" * op["internal"] + " MISSING" * (op["status"] == "missing"))
        for d in op["differences"]:
            print(f"  {'-' if d['scored'] else '~'} {d['section']:8} {d['path']}: {d['kind']}: {d['detail']}")
    for e in row["expected_by_callers"]:
        print(f"{e['method']} {e['path']} expected by {e['caller']}: {'present' if e['present'] else 'absent'}")
    for text in [f"{op} EXTRA" for op in row["extra_operations"]] + [f"note: {note}" for note in row["notes"]]:
        print(text)


def documents(folder, role):
    """{base name: path} of the JSON and YAML files in a folder."""
    if not Path(folder).is_dir():
        raise InputError(f"{folder}: the {role} directory does not exist or is no directory")
    out = {}
    for path in sorted(p for p in Path(folder).iterdir() if p.suffix in (".json", ".yaml", ".yml")):
        if out.setdefault(path.stem, path) != path:
            raise InputError(f"{path}: a second document for {path.stem}, beside {out[path.stem].name}")
    return out


def run(args):
    references, generated = documents(args.reference, "reference"), documents(args.generated, "generated")
    rows, skipped = [], []
    unknown = sorted(set(args.service or ()) - set(references))
    if unknown:
        raise InputError(f"{args.reference}: no reference document for {', '.join(unknown)}")
    for name in sorted(set(args.service or references)):
        data = load(references[name])
        if isinstance(data, dict) and "asyncapi" in data:
            skipped.append(references[name].name)
            continue
        ref, gen = Doc(references[name], data), None
        if name in generated:
            gen = Doc(generated[name], load(generated[name]))
        try:
            rows.append(compare_service(name, ref, gen, args))
        except RecursionError:
            raise InputError(f"{gen.path if gen else ref.path}: schemas nested too deep") from None
    if not rows:
        raise InputError(f"{args.reference}: no OpenAPI document to compare with")
    totals = {"service": "total", "generated": True,
              **{c: [sum(row[c][i] for row in rows) for i in (0, 1)] for c in COLUMNS},
              "extra_operations": [op for row in rows for op in row["extra_operations"]]}
    print_table(rows, totals)
    found = [d for row in rows for op in row["details"] for d in op["differences"]]
    notes = [d["kind"] for d in found if not d["scored"]]
    print(f"\n{len(found) - len(notes)} differences; {len(notes)} notes that lower no figure, "
          f"{notes.count('envelope')} of them on envelopes")
    orphans = [] if args.service else [path.name for name, path in generated.items() if name not in references]
    for label, names in (("Skipped, not OpenAPI", skipped), ("Generated without a reference", orphans)):
        if names:
            print(f"{label}: {', '.join(names)}")
    for row in rows if args.detail else ():
        print_detail(row)
    fields = [totals["request"][i] + totals["response"][i] for i in (0, 1)]
    missed = [f"{label} {cell(pair)}, below {least:g}%"
              for label, pair, least in (("operations", totals["operations"], args.min_operations),
                                         ("request and response fields", fields, args.min_fields))
              if least is not None and (not pair[1] or 100 * pair[0] < least * pair[1])]
    if args.json:
        measure = lambda pair: {"ok": pair[0], "total": pair[1], "percent": percent(pair)}
        named = lambda row: {k: measure(v) if k in COLUMNS else v for k, v in row.items()}
        report = {"services": [named(row) for row in rows], "totals": named(totals), "skipped": skipped,
                  "without_reference": orphans, "missed": missed}
        Path(args.json).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    for text in missed:
        print(f"contract_diff: {text}", file=sys.stderr)
    return 1 if missed else 0


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", required=True, metavar="DIR", help="reference OpenAPI documents")
    parser.add_argument("--generated", required=True, metavar="DIR", help="generated ones, <service>.json or .yaml")
    parser.add_argument("--service", nargs="+", action="extend", metavar="NAME", help="only these services")
    parser.add_argument("--internal-only", action="store_true", help="only operations marked x-internal: true")
    parser.add_argument("--ignore-headers", default=IGNORED_HEADERS, metavar="NAMES",
                        help="header parameters left out, separated by commas (default: %(default)s)")
    parser.add_argument("--depth", type=int, default=12, help="how deep to follow schemas (default: %(default)s)")
    parser.add_argument("--detail", action="store_true", help="list the differences by operation")
    parser.add_argument("--json", metavar="OUT", help="write everything to this file as JSON")
    parser.add_argument("--min-operations", type=float, metavar="PCT", help="exit 1 when fewer operations are covered")
    parser.add_argument("--min-fields", type=float, metavar="PCT", help="exit 1 when fewer body fields agree")
    args = parser.parse_args(argv)
    if not all(least is None or 0 <= least <= 100 for least in (args.min_operations, args.min_fields)):
        parser.error("--min-operations and --min-fields take a number from 0 to 100")
    try:
        return run(args)
    except OSError as err:
        print(f"contract_diff: {err.filename}: {err.strerror}", file=sys.stderr)
    except InputError as err:
        print(f"contract_diff: {err}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # end quietly in `| head`
    sys.stdout.reconfigure(errors="backslashreplace")  # names may hold any character
    sys.exit(main())
