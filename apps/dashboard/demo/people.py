"""Made-up people."""

import random
from dataclasses import dataclass

GIVEN = (  # noqa: SIM905 - names without quotes are easier to read
    "Amara Lucas Mei Omar Sofia Daniel Priya Noah Leila Mateo Hana Elias Zara Felix Nina Yusuf Clara Ravi Ines Tom "
    "Aiko Samuel Marta Kofi Lena Arjun Julia Hugo Farah Oscar Maya Ivan Rosa Theo Anika Marc Salma Jonas Bea Karim "
    "Elif Anton Dina Pablo Greta Nadir Emma Luca Tara Viktor Alma Rami Ida Diego Noor Emil Lucia Hamid Flora Benno"
).split()
FAMILY = (  # noqa: SIM905
    "Okafor Lindqvist Tanaka Haddad Moretti Novak Sharma Fischer Rahimi Alvarez Kim Petrov Mensah Laurent Silva Yilmaz "
    "Berg Costa Nakamura Osei Weber Iyer Santos Kovacs Farouk Dubois Janssen Romero Ali Hoffmann Papadopoulos Chen "
    "Diallo Nielsen Gupta Moreau Ferrari Bakker Suarez Keller"
).split()
TEACHERS = [("Ruth", "Adeyemi"), ("Stefan", "Brandt"), ("Leila", "Karimi"), ("Paulo", "Mendes")]
NOTES = (
    "Mixes up the order of operations when brackets are nested.",
    "Quick in the head, but skips steps on paper; ask for the working.",
    "Reads a word problem once and starts computing. Have it retold first.",
    "Nervous before tests. Does well with a practice paper the day before.",
    "Confuses area and perimeter as soon as units are involved.",
    "Strong in algebra, loses marks in geometry proofs.",
    "Needs the diagram drawn before anything else.",
    "Moved here in spring; vocabulary is the hurdle, not the mathematics.",
    "",
    "",
)
RELATIONS = ("mother", "father", "aunt", "grandfather")


@dataclass(frozen=True)
class Person:
    """A student to be."""

    code: str
    given: str
    family: str
    phone: str
    grade: str
    note: str
    guardians: str

    @property
    def email(self) -> str:
        """An address in a domain that belongs to nobody (RFC 2606)."""
        return f"{self.given}.{self.family}.{self.code[-5:]}@example.com".lower()


def make_people(count: int, chance: random.Random) -> list[Person]:
    """As many students as asked for, no two with the same name while names last."""
    names = [(given, family) for family in FAMILY for given in GIVEN]
    chance.shuffle(names)
    return [_person(number, *names[number % len(names)], chance) for number in range(count)]


def _person(number: int, given: str, family: str, chance: random.Random) -> Person:
    guardian = f"{chance.choice(GIVEN)} {family}, {chance.choice(RELATIONS)}, +49 30 5550{chance.randint(1000, 9999)}"
    return Person(
        code=f"HR-{number + 1:05}",
        given=given,
        family=family,
        phone=f"+49 30 5551{chance.randint(1000, 9999)}",
        grade=str(chance.randint(5, 12)),
        note=chance.choice(NOTES),
        guardians=guardian,
    )
