"""The language of a text by its words; short and mixed texts have none."""

from __future__ import annotations

import pytest

from sources.language import detect
from tests.formats import PROSE


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", PROSE),
        ("en", PROSE.upper()),
        ("de", "Die Minister trafen sich am Dienstag in Berlin und sprachen zwei Stunden lang über den Vertrag."),
        ("fr", "Les ministres se sont réunis mardi à Paris et ont parlé pendant deux heures du traité de commerce."),
        ("es", "Los ministros se reunieron el martes en Madrid para hablar durante dos horas del tratado de comercio."),
        ("ru", "Министры встретились во вторник в Москве и два часа говорили о договоре и о цене на зерно."),
        ("uk", "Міністри зустрілися у вівторок у Києві та дві години говорили про договір і про ціну на зерно."),
        ("zh", "两国外交部长星期二在北京举行会谈，就条约和粮食价格交换了意见，并签署了合作协议。"),
        ("ja", "両国の外相は火曜日に東京で会談し、条約と穀物の価格について二時間にわたり意見を交わした。"),
        ("ar", "التقى وزيرا خارجية البلدين يوم الثلاثاء في القاهرة وتحدثا ساعتين عن المعاهدة وعن أسعار الحبوب."),
        ("tr", "İki ülkenin bakanları salı günü Ankara'da bir araya geldi ve anlaşma hakkında iki saat konuştu."),
    ],
)
def test_languages(code: str, text: str) -> None:
    found = detect(text)
    assert found is not None and found[0] == code and 0.4 <= found[1] <= 1
    assert detect(text) == found


@pytest.mark.parametrize(
    "text",
    ["", "Talks in Delhi", "12 May 2021, 14:30-15:45", "https://post.example/a/long/address/of/a/page", "北京"],
)
def test_too_short_to_tell(text: str) -> None:
    assert detect(text) is None


def test_a_long_text_costs_no_more_than_its_beginning() -> None:
    assert detect(PROSE * 10_000) == detect(PROSE * 100)
