"""The colours of all pictures.

Series and marks have those of Okabe and Ito (https://jfly.uni-koeln.de/color/), which are told apart by all common
forms of colour vision; of their eight, black and yellow are left out, which vanish on one of the two backgrounds.
Where colour carries meaning, a shape or a word says the same.
"""

from __future__ import annotations

from typing import Literal

Theme = Literal["light", "dark"]

BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9"
SERIES = (BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY)
GREY, PALE = "rgba(128, 128, 128, 0.45)", "rgba(128, 128, 128, 0.10)"
SOLID_GREY = "#888888"  # where nothing can shine through
CLEAR = "rgba(0, 0, 0, 0)"

INK = {"light": "#1f2328", "dark": "#e6edf3"}
PAPER = {"light": "#ffffff", "dark": "#10161d"}
STAGE = {"light": "#f5f7f9", "dark": "#161d26"}  # behind a molecule in 3D
# Effects on a property: pale enough for dark letters on light paper, deep enough for light letters on dark paper.
RAISES = {"light": "#f5a623", "dark": "#a86400"}
LOWERS = {"light": "#5eb3ea", "dark": "#1a669e"}
# Atomic number -> colour of its symbol, which says the same; all others are drawn in ink.
ELEMENTS = {
    "light": {7: "#0072b2", 8: "#b84a00", 9: "#00795a", 17: "#00795a", 35: "#7a4a12", 53: "#6f3d8f", 15: "#a85b00",
              16: "#857200", 14: "#a8507d", 5: "#a8507d"},
    "dark": {7: "#6fc3f2", 8: "#ff9d5c", 9: "#4fd6ac", 17: "#4fd6ac", 35: "#d9a35f", 53: "#cf9df0", 15: "#ffb84d",
             16: "#f0e442", 14: "#f0a3cc", 5: "#f0a3cc"},
}  # fmt: skip
