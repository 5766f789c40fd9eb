"""What canned answers of support can say of fees: support and billing don't know each other."""

from apps.accounts.models import User
from apps.billing.dues import Filter, list_dues
from apps.billing.policies import can_see_fees, payers_visible_to
from apps.core.formats import money
from apps.support.variables import Variable


def _balance(writer: User, person: User) -> str:
    """What the person owes, if the writer may see it; empty where nothing is due."""
    if not can_see_fees(writer):
        return ""
    students = payers_visible_to(writer).filter(user=person)
    return " + ".join(money(due.total, due.currency) for due in list_dues(Filter(students=students)))


BALANCE = Variable("balance", "what they owe today, if you may see fees", _balance)
