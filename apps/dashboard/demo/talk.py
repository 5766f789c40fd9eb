"""What the demo's people say: short exchanges, put together into threads of any length."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple


class Turn(NamedTuple):
    """One message: who says it (t teacher, s student, o office), whether it is a team note, and what."""

    who: str
    team_note: bool
    text: str


def _script(text: str) -> list[Turn]:
    """A line a turn: `t:` teacher, `s:` student, `o:` office; a `!` before the colon makes it a team note."""
    turns = []
    for line in text.strip().splitlines():
        who, _, words = line.strip().partition(":")
        turns.append(Turn(who[0], who.endswith("!"), words.strip()))
    return turns


TOPICS = {
    "quadratic equations": "x² − 5x + 6 = 0",
    "fractions": "3/4 + 5/6",
    "percentages": "a 15 % discount on 240",
    "similar triangles": "the 6–8–10 triangle",
    "linear functions": "y = 2x − 3",
    "probability": "two dice showing a sum of 9",
    "the cosine rule": "a = 7, b = 9, γ = 40°",
    "powers": "(2³)² · 2⁻⁴",
    "forces": "a block on a 30° slope",
    "density": "a 540 g cube of 6 cm",
}

LESSONS = [
    _script(text)
    for text in (
        """t: Here is the sheet on {topic} for {day}. Start with the first four.
        s: Thanks! How many do we hand in?
        t: Four are enough. If you have time, try number seven as well.
        s: ok""",
        """s: I don't get {example}. I tried it twice and the solution says something else.
        t: Show me your first line, please. Just that.
        s: I wrote down what is given and then divided everything
        t: Good that you wrote it down. Why did you divide there?
        s: Because the one in class did it like that?
        t: In class we had something on both sides. What is on the right side here?
        s: oh. nothing
        t: So what would you do first?
        s: Bring it to one side. Wait, then it's easy 😅
        t: Exactly. Send me a photo when you're through.""",
        """t: Your test on {topic}: 17 of 20. The lost points are all in the last step.
        s: yes!! I forgot the units again
        t: Write the unit beside every intermediate result this week, even if it looks silly.
        s: will do""",
        """s: I'm ill and can't come on {day} :(
        t: Get well soon! I'll put the notes on {topic} here in the evening.
        t: Notes: we did {example} step by step. Read it, don't learn it by heart. Questions any time.
        s: thank you, I read it. One question: why is it allowed to swap the two sides?
        t: Because equality reads the same from the left and from the right. It changes nothing but where you look.""",
        """t!: Homework on {topic} missing for the third time. Does anybody know what's going on?
        o!: The family moved last month, the desk arrived only yesterday. I'd give it a week.
        t!: Good to know. Then I'll offer the study hour on {day}.
        t: There's a place in the study hour on {day} at four. Shall I keep it for you?
        s: Yes please!""",
        """o: The room changes on {day}: you are in 2.04, same time.
        s: Where is that?
        o: Second floor, last door on the left, opposite the library.
        s: found it, thanks""",
        """s: Can we do more of {topic} before the exam?
        t: We can. Which part: setting it up or solving it?
        s: setting it up. Once I have the equation I'm fine
        t: Then we only do that on {day}: eight texts, eight equations, no solving.
        s: that sounds great actually
        t: Bring {example} as well, it's the best warm-up.""",
        """o!: The guardian called: would like to know where we stand in {topic} before the next invoice.
        t!: On track. Careful work, a bit slow. I'd keep the pace.
        o!: I'll pass that on, thanks.""",
        """t: Good lesson today. For next time: explain {example} to somebody at home, in your own words.
        s: I explained it to my little brother. He asked why and I had no idea 😄
        t: That is the best question of the week. Let's begin with it on {day}.""",
        """s: is the answer to number 3 the same as to number 5?
        t: What makes you think so?
        s: they look the same, only turned around
        t: Then say what stays the same when you turn it around.
        s: the angles
        t: And the lengths?
        s: also. So it is the same!
        t: It is. Write one sentence that says why, that's worth two points.""",
        """o: A reminder: no lessons in the week of the holidays. We start again the Monday after.
        s: Ok! Does the study hour stay open?
        o: It does, in the mornings. Somebody is at the desk from nine.""",
        """t: A page that explains {topic} well: https://en.wikipedia.org/wiki/Mathematics_education
        s: I'll read it on the bus
        t: Read the examples first, then the text.""",
    )
]
# Two people each (o and p: office, t and u: teachers, s: student), then what they say in turns.
DIRECT = (
    (
        "ot",
        "Could you send me the room plan for next week?",
        "On your desk in ten minutes.",
        "You're quick, thank you!",
    ),
    ("ts", "Well done on the last test. Do you want the harder sheet?", "Yes please 🙂", "It's in your folder."),
    ("po", "Can you take the phone between one and two?", "I can. Anything that I should know?", "Only the delivery."),
    ("so", "Where do I hand in the form for the study hour?", "At the desk, or as a photo here.", "Photo is coming!"),
    ("up", "My projector is out again.", "The spare one is in 2.04 until Friday."),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def conversation(length: int, start: datetime, end: datetime, chance: random.Random) -> Iterator[tuple[Turn, datetime]]:
    """As many turns as asked for, between two moments: exchanges of minutes, days apart, in working hours."""
    moment, made = start, 0
    while made < length:
        topic, example = chance.choice(list(TOPICS.items()))
        words = {"topic": topic, "example": example, "day": chance.choice(DAYS)}
        due = (start + (end - start) * made / length).replace(hour=chance.randint(8, 18), minute=chance.randint(0, 59))
        moment = max(moment + timedelta(minutes=10), due)
        for turn in chance.choice(LESSONS)[: length - made]:
            yield turn._replace(text=turn.text.format(**words)), min(moment, end)
            moment += timedelta(seconds=chance.randint(20, 420))
            made += 1
