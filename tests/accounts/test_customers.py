"""Register, look up and read customers over HTTP."""

import pytest

from tests import factories
from tests.factories import LI, UNIT, WANG, ZHANG


def test_a_new_customer_is_answered_masked(teller, noon):
    answer = teller.post("/customers", ZHANG.body | {"phone": "13800138000"})
    assert answer.status_code == 201, answer.content.decode()
    print(answer.json())
