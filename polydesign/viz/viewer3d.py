"""A chain in 3D as a piece of HTML that asks nobody else for anything."""

from __future__ import annotations

from typing import Any

from polydesign.viz.palette import STAGE, Theme

STYLES: dict[str, dict[str, Any]] = {
    "Balls and sticks": {"stick": {"radius": 0.14}, "sphere": {"scale": 0.22}},
    "Sticks": {"stick": {"radius": 0.16}},
    "Spheres": {"sphere": {}},
    "Lines": {"line": {"linewidth": 2}},
}


def viewer(
    sdf: str, script: str, *, theme: Theme = "light", height: int = 380,
    style: str = "Balls and sticks", spin: bool = False,
) -> str:  # fmt: skip
    """Return HTML that shows a molecule with 3Dmol.js.

    Args:
        sdf: the molecule with 3D coordinates as a mol block.
        script: address of 3Dmol.js on our own server.
        theme: "light" or "dark".
        height: in pixels; the width is that of the frame.
        style: one of `STYLES`.
        spin: whether the molecule turns by itself.
    """
    from py3Dmol import view

    picture = view(width="100%", height=height, js=script)
    picture.addModel(sdf, "sdf")
    picture.setStyle(STYLES[style])
    picture.setBackgroundColor(STAGE[theme])
    picture.zoomTo()
    if spin:
        picture.spin("y", 0.6)
    return f"<style>body{{margin:0;background:{STAGE[theme]}}}</style>{picture._make_html()}"
