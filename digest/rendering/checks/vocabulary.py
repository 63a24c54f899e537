"""Names of features of HTML and CSS at caniemail.com, by what stands in a message."""

from __future__ import annotations

import re

_SHARED = {
    "left-right-top-bottom": ("left", "right", "top", "bottom"),
    "gap": ("gap", "column-gap", "row-gap"),
    "block-inline-size": ("block-size",),
    "column-layout-properties": ("columns", "column-fill", "column-rule", "column-span", "column-width"),
    "grid-template": ("grid-template-areas", "grid-template-columns", "grid-template-rows"),
    "border-radius": tuple(f"border-{row}-{side}-radius" for row in ("top", "bottom") for side in ("left", "right")),
    "border-inline-block": ("border-inline", "border-block"),
    **{f"{box}-inline-block": (f"{box}-inline", f"{box}-block") for box in ("padding", "margin")},
    **{
        f"{box}-{axis}-start-end": (f"{box}-{axis}-start", f"{box}-{axis}-end")
        for box in ("padding", "margin")
        for axis in ("inline", "block")
    },
}
"""Features under another name than their property's."""
BY_PROPERTY = {name: feature for feature, names in _SHARED.items() for name in names}
_SIDES = "top|right|bottom|left"
LONGHAND = re.compile(
    rf"(?:padding|margin)-(?:{_SIDES})|border-(?:{_SIDES})(?:-(?:width|style|color))?"
    r"|(?:border|outline)-(?:width|style|color)|overflow-[xy]|(?:animation|transition)-\w[\w-]*"
)
"""Properties that count as their shorthand, being no features of their own."""
FUNCTIONS = {
    "calc": "css-unit-calc",
    "var": "css-variables",
    "linear-gradient": "css-linear-gradient",
    "radial-gradient": "css-radial-gradient",
    "conic-gradient": "css-conic-gradient",
    "rgb": "css-rgb",
    "rgba": "css-rgba",
    "min": "css-function-min",
    "max": "css-function-max",
    "clamp": "css-function-clamp",
    "light-dark": "css-function-light-dark",
    "lch": "css-modern-color",
    "oklch": "css-modern-color",
    "lab": "css-modern-color",
    "oklab": "css-modern-color",
}
"""By the name of a function among the values."""
VALUES = {
    ("display", "none"): "css-display-none",
    ("display", "flex"): "css-display-flex",
    ("display", "inline-flex"): "css-display-flex",
    ("display", "grid"): "css-display-grid",
    ("flex-direction", "column"): "css-flex-direction",
    ("flex-wrap", "wrap"): "css-flex-wrap",
}
"""By a property and its whole value."""
WORDS = {
    "initial": "css-unit-initial",
    "fit-content": "css-intrinsic-size",
    "min-content": "css-intrinsic-size",
    "max-content": "css-intrinsic-size",
    # The name there is spelled so.
    **dict.fromkeys(("system-ui", "ui-serif", "ui-sans-serif", "ui-rounded", "ui-monospace"), "css-sytem-ui"),
}
"""By a keyword among the values."""
CONDITIONS = {
    "prefers-color-scheme": "css-at-media-prefers-color-scheme",
    "prefers-reduced-motion": "css-at-media-prefers-reduced-motion",
    "orientation": "css-at-media-orientation",
    "hover": "css-at-media-hover",
    "device-pixel-ratio": "css-at-media-device-pixel-ratio",
}
"""By what stands in the condition of a media query."""
SELECTORS = {
    "css-selector-attribute": re.compile(r"\["),
    "css-selector-id": re.compile(r"#[\w-]"),
    "css-selector-class": re.compile(r"\.[\w-]"),
    "css-selector-universal": re.compile(r"(?:^|[\s>+~])\*"),
    "css-selector-child": re.compile(r">"),
    "css-selector-adjacent-sibling": re.compile(r"\+"),
    "css-selector-general-sibling": re.compile(r"~(?!=)"),
    "css-selector-descendant": re.compile(r"[\w\])*]\s+[\w.#\[*:]"),
    "css-selector-chaining": re.compile(r"\.[\w-]+\.[\w-]"),
    "css-selector-type": re.compile(r"(?:^|[\s>+~])[a-z][a-z0-9]*(?![\w-]*\()", re.IGNORECASE),
}
"""What in a selector, its attribute values left out, is a feature."""
PSEUDO = re.compile(r"(::?)([a-z-]+)")
_SEMANTIC = (
    "article", "aside", "details", "figcaption", "figure", "footer", "header", "main", "mark", "nav", "section",
    "summary", "time",
)  # fmt: skip
ELEMENTS = {
    **{f"h{level}": "html-h1-h6" for level in range(1, 7)},
    **dict.fromkeys(("ul", "ol", "dl"), "html-lists"),
    **dict.fromkeys(_SEMANTIC, "html-semantics"),
    "b": "html-strong",
    "map": "html-image-maps",
    "source": "html-picture",
}
"""Elements whose feature is not `html-` and their name."""
INPUTS = {"button": "html-button-submit", "input": "html-input-text"}
"""Controls without a type."""
ATTRIBUTES = frozenset({
    "align", "aria-describedby", "aria-hidden", "aria-label", "aria-labelledby", "aria-live", "background",
    "cellpadding", "cellspacing", "dir", "height", "hidden", "lang", "popover", "required", "role", "srcset", "target",
    "valign", "width",
})  # fmt: skip
"""Attributes whose feature is `html-` and their name."""
IMAGES = {"jpeg": "image-jpg", "jpg": "image-jpg", "tif": "image-tiff", "heic": "image-heif"}
"""By the end of a file's name, where it is not `image-` and that."""
