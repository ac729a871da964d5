"""What can be known of the templates without showing them: `manage.py check_templates` (house style 23).

A template that is never shown in a test still compiles, leads somewhere, stands on files that exist, is used by
somebody and says nothing in English only.
"""

import ast
import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template import Engine, Node, Origin, Template, TemplateDoesNotExist, TemplateSyntaxError
from django.template.base import FilterExpression, Lexer, NodeList, TokenType
from django.template.defaulttags import CsrfTokenNode, URLNode
from django.template.loader_tags import ExtendsNode, IncludeNode
from django.templatetags.cache import CacheNode
from django.templatetags.static import StaticNode
from django.urls import URLResolver, get_resolver

from config.translations import APPS

LEVELS = 2  # of {% extends %} among our own templates
CALLED_BY_DJANGO = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html"}
MAIL_PARTS = (".subject.txt", ".txt", ".html")  # crm.Mail names the three of them by what is before
ATTRIBUTES_TO_READ = {"alt", "title", "placeholder", "aria-label", "aria-description", "content"}
WORD = re.compile(r"[^\W\d_]{2,}")
NO_WORDS = re.compile(r"https?://\S+|^Re:|\[\w+ #")  # addresses; what mail programs and our mailbox thread by
TEMPLATE_NAME = re.compile(r"(?:[\w-]+/)+[\w.-]+\.html")


@dataclass
class References:
    """What the Python code says that may name a template."""

    literals: set[str] = field(default_factory=set)
    openings: set[str] = field(default_factory=set)  # how f-strings begin: "shop/email/" of f"shop/email/{name}"

    def name(self, template: str) -> bool:
        """Whether the template is named: in full, as a mail, or as the rest of an f-string."""
        names = {template, *(template.removesuffix(part) for part in MAIL_PARTS if template.endswith(part))}
        if names & self.literals:
            return True
        return any(
            name.startswith(opening) and name.removeprefix(opening) in self.literals
            for name in names
            for opening in self.openings
        )


def complaints(root: Path, engine: Engine) -> list[str]:
    """Everything that is wrong with the templates below `root`/templates, a line each."""
    folder = root / "templates"
    names = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix in {".html", ".txt"}
    )
    found: list[str] = []
    compiled: dict[str, Template] = {}
    for name in names:
        source = (folder / name).read_text(encoding="utf-8")
        try:
            compiled[name] = engine.from_string(source)
        except (TemplateSyntaxError, TemplateDoesNotExist) as error:
            found.append(f"{name}: {error}")
            continue
        found += [f"{name}: {complaint}" for complaint in _complaints_about(compiled[name], source, engine)]
        found += [f"{name}: not through gettext: {words!r}" for words in untranslated(source, name)]
        if name.endswith(".txt") and "{{" in source and "{% autoescape off %}" not in source:
            found.append(f"{name}: no {{% autoescape off %}}: “Ali's” would arrive as “Ali&#x27;s”")
    code = references_in(path for app in APPS for path in sorted((root / app).rglob("*.py")))
    found += [f"{name}: no code and no template refers to it" for name in _unused(compiled, code, engine, folder)]
    found += [f"{name}: more than {LEVELS} levels of extends" for name in compiled if _levels(name, compiled) > LEVELS]
    found += [f"the code names {name}, which is not there" for name in sorted(_missing(code, engine))]
    return found


# --- one template ----------------------------------------------------------------------------------------------------


def _complaints_about(template: Template, source: str, engine: Engine) -> Iterator[str]:
    for node in template.nodelist.get_nodes_by_type(Node):
        line = f"line {node.token.lineno}: " if node.token else ""
        if isinstance(node, URLNode):
            name = _static(node.view_name)
            if name and (complaint := _complaint_about_url(name, len(node.args), set(node.kwargs))):
                yield line + complaint
        elif isinstance(node, StaticNode):
            path = _static(node.path)
            if path and finders.find(path) is None:
                yield f"{line}no static file {path}"
        elif isinstance(node, ExtendsNode | IncludeNode):
            name = _static(node.parent_name if isinstance(node, ExtendsNode) else node.template)
            if name and not _exists(name, engine):
                yield f"{line}no template {name}"
        elif isinstance(node, CacheNode):
            yield from (
                f"{line}{own} within {{% cache %}}: one shopper's would be everybody's"
                for own in _own_in(node.nodelist, engine)
            )
    if re.search(r"\|\s*safe\b", source):
        yield "|safe: what is safe is decided in Python (house style 23)"


def _own_in(nodes: NodeList | Template, engine: Engine) -> Iterator[str]:
    """The {% own %} and {% csrf_token %} in these nodes and in what they include."""
    for node in (nodes.nodelist if isinstance(nodes, Template) else nodes).get_nodes_by_type(Node):
        if isinstance(node, CsrfTokenNode) or getattr(getattr(node, "func", None), "__name__", "") == "own":
            yield str(node.token)
        elif isinstance(node, IncludeNode) and (name := _static(node.template)) and _exists(name, engine):
            yield from _own_in(engine.get_template(name), engine)


def _static(expression: FilterExpression | Node) -> str:
    """The text of an expression that is a mere text, else ""."""
    if not isinstance(expression, FilterExpression) or expression.filters:
        return ""
    return str(expression.var) if isinstance(expression.var, str) else ""


def _complaint_about_url(name: str, count: int, keywords: set[str]) -> str | None:
    *spaces, view = name.split(":")
    resolver: URLResolver = get_resolver()
    for space in spaces:
        instance = resolver.app_dict.get(space, [space])[0]
        if instance not in resolver.namespace_dict:
            return f"no page is called {name!r}"
        _, resolver = resolver.namespace_dict[instance]
    found = resolver.reverse_dict.getlist(view)
    if not found:
        return f"no page is called {name!r}"
    wanted = [(set(parameters), set(defaults)) for ways, _, defaults, _ in found for _, parameters in ways]
    if any(not keywords ^ names - defaults if keywords else count == len(names) for names, defaults in wanted):
        return None
    shapes = " or ".join(sorted({", ".join(sorted(names)) or "nothing" for names, _ in wanted}))
    given = ", ".join(sorted(keywords)) or f"{count} values"
    return f"{name!r} wants {shapes}, gets {given}"


def _exists(name: str, engine: Engine) -> bool:
    try:
        engine.find_template(name)
    except TemplateDoesNotExist:
        return False
    except TemplateSyntaxError:
        pass  # it is there, and wrong: that is another complaint
    return True


# --- words that nobody can translate ---------------------------------------------------------------------------------


def untranslated(source: str, name: str) -> list[str]:
    """The words that a reader sees and gettext does not. Elements that state their language ("lang") may have them."""
    text = "".join(_outside_of_translations(source))
    if name.endswith(".txt"):
        return [line.strip() for line in text.splitlines() if WORD.search(NO_WORDS.sub("", line))]
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.found


def _outside_of_translations(source: str) -> Iterator[str]:
    """The plain parts of a template; a tag and a variable leave a space-less gap."""
    closing = ""
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.BLOCK:
            word = token.contents.split(maxsplit=1)[0]
            if closing:
                closing = "" if word == closing else closing
            elif word in {"comment", "blocktranslate", "blocktrans"}:
                closing = f"end{word}"
        elif token.token_type == TokenType.TEXT and not closing:
            yield token.contents


class _Reader(HTMLParser):
    """Collects the words between tags and in attributes that are read out."""

    VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[tuple[str, bool]] = []

    @property
    def is_exempt(self) -> bool:
        return any(exempt for _, exempt in self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in self.VOID:
            is_icon = "material-symbols" in (given.get("class") or "")  # its text is the name of a picture
            self.open.append((tag, is_icon or bool(given.get("lang")) or tag in {"script", "style", "svg", "code"}))
        if self.is_exempt or (tag == "meta" and given.get("name") != "description"):
            return
        self.note(*(str(value) for key, value in attrs if key in ATTRIBUTES_TO_READ))

    def handle_endtag(self, tag: str) -> None:
        while any(name == tag for name, _ in self.open) and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self.is_exempt:
            self.note(data)

    def note(self, *texts: str) -> None:
        self.found += [" ".join(text.split()) for text in texts if WORD.search(text)]


# --- all templates together ------------------------------------------------------------------------------------------


def references_in(files: Iterable[Path]) -> References:
    """What the given Python files say."""
    said = References()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr) and node.values:
                first = node.values[0]
                if isinstance(first, ast.Constant) and "/" in str(first.value):
                    said.openings.add(str(first.value))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                said.literals.add(node.value)
    return said


def _missing(code: References, engine: Engine) -> set[str]:
    names = {literal for literal in code.literals if TEMPLATE_NAME.fullmatch(literal)}
    return {name for name in names if not _exists(name, engine)}


def _unused(compiled: dict[str, Template], code: References, engine: Engine, folder: Path) -> Iterator[str]:
    by_templates = {name for template in compiled.values() for name in _leads_to(template)}
    for name in sorted(compiled):
        if name in by_templates or name in CALLED_BY_DJANGO or code.name(name):
            continue
        if not _stands_for_another(name, engine, folder):
            yield name


def _leads_to(template: Template) -> Iterator[str]:
    for node in template.nodelist.get_nodes_by_type(Node):
        if isinstance(node, IncludeNode):
            yield _static(node.template)
    yield from _parents(template)


def _parents(template: Template) -> list[str]:
    extends = (node for node in template.nodelist if isinstance(node, ExtendsNode))
    return [_static(node.parent_name) for node in extends]


def _stands_for_another(name: str, engine: Engine, folder: Path) -> bool:
    """Whether an installed app has a template of that name, or the admin looks for it by app and model."""
    first, *between, last = name.split("/")
    wanted = {name, f"admin/{last}"} if first == "admin" and between else {name}
    return any(_is_elsewhere(one, engine, folder) for one in wanted)


@functools.cache
def _is_elsewhere(name: str, engine: Engine, folder: Path) -> bool:
    return any(
        Path(origin.name).exists() and not Path(origin.name).is_relative_to(folder)
        for loader in engine.template_loaders
        for origin in _origins(loader, name)
    )


def _origins(loader: Any, name: str) -> Iterator[Origin]:
    """Where a loader would look; the one that caches asks others."""
    for one in getattr(loader, "loaders", [loader]):
        yield from one.get_template_sources(name)


def _levels(name: str, compiled: dict[str, Template]) -> int:
    """How many {% extends %} lead from a template through ours to the first that is not ours, or extends nothing."""
    levels = 0
    while name in compiled and levels <= LEVELS:
        parents = _parents(compiled[name])
        if not parents:
            break
        name, levels = parents[0], levels + 1
    return levels
