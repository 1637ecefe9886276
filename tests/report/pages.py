"""A page as a reader's program sees it, by the standard library's parser."""

from html.parser import HTMLParser

VOID = {"meta", "img", "link", "br", "hr", "input"}
APART = {"th", "td", "dt", "dd", "small", "p", "summary", "li", "h5", "span"}
"""Between which a reader sees room."""
NO_PLACE_IN_A_PARAGRAPH = {"details", "div", "p", "ul", "table", "dl", "pre", "figure", "section"}


class Page(HTMLParser):
    """What is on a page.

    Attributes:
        tags: every element's name and attributes, in order.
        values: of each ``data`` element, by what it is of.
        text: all that is shown, styles left out.
        faults: elements that do not nest.
    """

    def __init__(self, source: str):
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict]] = []
        self.values: dict[str, str] = {}
        self.text, self.faults, self._open = "", [], []
        self.feed(source)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self._open]

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.append((tag, found))
        if tag == "data":
            self.values[found["data-of"]] = found["value"]
        if {"p", "h2", "h3", "h4", "h5"} & set(self._open) and tag in NO_PLACE_IN_A_PARAGRAPH:
            self.faults.append(f"<{tag}> in {self._open}")
        if tag == "small":
            self.text += " "
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        if tag in APART:
            self.text += " "
        if self._open and self._open[-1] == tag:
            self._open.pop()
        elif tag not in VOID:
            self.faults.append(f"</{tag}> in {self._open}")

    def handle_data(self, text):
        if "style" not in self._open:
            self.text += text

    @property
    def words(self) -> str:
        """The text with single blanks."""
        return " ".join(self.text.split())

    def fetched(self) -> list[str]:
        """What a browser would ask for without being told to; a link is followed by people."""
        named = ("src", "href", "srcset", "data", "poster", "action")
        apart = {("data", "data"), ("a", "href")}
        found = [
            a[name]
            for tag, a in self.tags
            for name in named
            if (tag, name) not in apart and a.get(name)
        ]
        return [address for address in found if not address.startswith(("data:image/", "#"))]
