"""One edition → its compiled message: one Jinja pass, one premailer pass, whatever the size of the roll."""

from __future__ import annotations

from digest.errors import RenderError
from digest.message import CompiledMessage, Slotted
from digest.rendering.content import EditionContent
from digest.rendering.inline import inline
from digest.rendering.language import tag
from digest.rendering.layout import layout
from digest.rendering.slots import Sentinels
from digest.rendering.templates import Templates
from digest.rendering.untrusted import clean
from digest.rendering.view import slots_of, strings, view_of

__all__ = ["EditionContent", "compile_edition"]


def compile_edition(content: EditionContent, *, templates: Templates, nonce: str) -> CompiledMessage:
    """Render and inline an edition.

    `nonce` is 8 or more random lower-case letters and digits, new for each build: it marks the slots while
    the message is made, and leaves no trace in it. Equal content gives an equal message.

    Raises RenderError when the content or the template cannot make a safe message.
    """
    words = templates.words(tag(content.language, "en"))
    folder = content.template
    shape = layout(templates.folders, folder)
    view = view_of(content, shape, words)
    own = slots_of(view, shape, words)
    sentinels = Sentinels(nonce)
    if any(sentinels.found_in(text) for text in strings(view)):
        raise RenderError("an article holds the nonce of this build; build again with a new one")
    subject = clean(templates.render(f"{folder}/subject.txt", {**view, "slots": own}, words))
    source = templates.render(f"{folder}/body.html", {**view, "slots": own | sentinels.tokens("html")}, words)
    html = inline(source)
    if sentinels.count(source) != sentinels.count(html):
        raise RenderError(f"inlining {folder}/body.html lost or doubled a personal slot; is every element closed?")
    text = templates.render(f"{folder}/body.txt", {**view, "slots": own | sentinels.tokens("text")}, words)
    return CompiledMessage(
        subject=subject,
        html=_split(sentinels, html),
        text=_split(sentinels, text),
        source_html=sentinels.show(source),
        preheader=own["preheader"],
        sent_to=words.sent_to(),
    )


def _split(sentinels: Sentinels, rendered: str) -> Slotted:
    """Cut at the slots, and refuse a rendering in which one was bent out of shape."""
    slotted = sentinels.split(rendered)
    if any(sentinels.found_in(part) for part in slotted.parts if isinstance(part, str)):
        raise RenderError("a template changed a slot (a filter such as upper or truncate?); write slots as they are")
    return slotted
