"""The emoji that people can react with."""

from emoji import EMOJI_DATA, STATUS

# Offered first, where a type of conversation has no others.
QUICK = ("👍", "❤️", "😂", "🎉", "🙏", "👀")
CATALOGUE = {
    "Faces": ("🙂", "😊", "😄", "😂", "😉", "😍", "🥳", "😎", "🤔", "😮", "😢", "😅", "😴", "👀"),
    "Hands": ("👍", "👎", "👏", "🙌", "👌", "💪", "🤝", "👋", "✌️", "🤞", "✋", "🙏"),
    "School": ("📚", "📝", "✏️", "📐", "🧮", "🔬", "🎓", "🎨", "🎵", "⚽"),
    "Signs": ("❤️", "✅", "❌", "❓", "❗", "💡", "⭐", "🔥", "💯", "⏰", "📌", "🚀", "🏆", "🎉"),
}


def is_emoji(text: str) -> bool:
    """Is this one emoji, spelled in full as Unicode lists it (emoji-test.txt), and nothing else?

    Any other text would be a message that nobody can edit or delete. Each emoji has one full spelling.
    """
    return EMOJI_DATA.get(text, {}).get("status") == STATUS["fully_qualified"]


def offered(quick: tuple[str, ...]) -> dict[str, list[str]]:
    """The groups to choose from, without those that are offered first."""
    return {title: [each for each in group if each not in quick] for title, group in CATALOGUE.items()}
