"""Text in the cells of a table: a spreadsheet runs what looks like a formula, and a title may be anything."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *"＝＋－＠")  # what makes it one, when it comes first


def cell(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
