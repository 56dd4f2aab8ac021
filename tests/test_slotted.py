"""Classes with slots: what dataclasses promise, kept by methods that classes share."""

import copy
import dataclasses
import pickle

import pytest

from opsproof_verify.slotted import field, fields, replace, slotted


@slotted(frozen=True)
class Place:
    """A frozen class."""

    step: str
    number: int = 1
    names: tuple[str, ...] = ()

    @property
    def first(self) -> bool:
        return self.number == 1


@slotted(frozen=True, kw_only=True)
class Named:
    unit: str | None = None
    name: str


@slotted(frozen=True, kw_only=True)
class Placed(Named):
    """One that has the fields of another one before its own."""

    place: Place


@slotted()
class Open:
    """One that may be changed."""

    seq: int
    notes: list[str] = field(default_factory=list)
    total: int = 0

    def __post_init__(self) -> None:
        self.total = self.seq + len(self.notes)


class Special(Place):
    """A plain class over a frozen one, with an ``__init__`` of its own."""

    def __init__(self, step: str) -> None:
        super().__init__(step, 7)


def test_values_are_given_by_position_or_name_and_have_defaults() -> None:
    one = Place("mix", names=("a",))
    assert (one.step, one.number, one.names, one.first) == ("mix", 1, ("a",), True)
    assert Place(number=2, step="mix") == Place("mix", 2)
    assert (Named(name="ph").unit, Named(name="ph", unit="g").unit) == (None, "g")


@pytest.mark.parametrize(
    "values, named",
    [((), {}), (("mix", 1, (), 4), {}), (("mix",), {"step": "mix"}), (("mix",), {"colour": "red"})],
    ids=["missing", "too many", "twice", "unknown"],
)
def test_other_arguments_are_refused(values: tuple[object, ...], named: dict[str, object]) -> None:
    with pytest.raises(TypeError, match=r"^Place\.__init__\(\) .*(step|4|5 were given|colour)"):
        Place(*values, **named)  # type: ignore[arg-type]


def test_keywords_alone_are_keywords_alone() -> None:
    with pytest.raises(TypeError, match="positional"):
        Named("ph")  # type: ignore[call-arg]


def test_a_new_value_is_made_for_each_instance() -> None:
    one, two, three = Open(1), Open(2), Open(3, ["given"])
    one.notes.append("mine")
    assert (one.notes, two.notes, three.notes) == (["mine"], [], ["given"])
    assert three.total == 4  # __post_init__ ran
    one.total = 9
    assert one.total == 9


def test_equal_is_what_is_of_one_class_with_equal_values() -> None:
    assert Place("mix") == Place("mix")
    assert Place("mix") != Place("mix", 2)
    assert Place("mix") != Special("mix")
    assert Special("mix") == Special("mix")
    assert Place("mix") != ("mix", 1, ())  # type: ignore[comparison-overlap]
    assert Open(1) == Open(1)
    assert Open(1) != Open(1, ["note"])


def test_what_is_frozen_can_be_hashed_and_the_rest_cannot() -> None:
    assert len({Place("mix"), Place("mix"), Place("box")}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(Open(1))


def test_what_is_frozen_stays() -> None:
    one = Place("mix")
    with pytest.raises(AttributeError, match=r"Place\.step cannot be changed"):
        one.step = "box"  # type: ignore[misc]
    with pytest.raises(AttributeError, match=r"Place\.colour cannot be changed"):
        one.colour = "red"  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match=r"Place\.number cannot be changed"):
        del one.number
    assert one == Place("mix")


def test_there_are_slots_and_no_more() -> None:
    assert not hasattr(Place("mix"), "__dict__")
    with pytest.raises(AttributeError, match="colour"):
        Open(1).colour = "red"  # type: ignore[attr-defined]
    assert (Placed.__slots__, Place.__doc__, Place.__module__) == (("place",), "A frozen class.", __name__)  # type: ignore[attr-defined]


def test_fields_are_those_inherited_and_then_its_own() -> None:
    assert fields(Placed) == fields(Placed(name="ph", place=Place("mix"))) == ("unit", "name", "place")
    assert fields(Named) == ("unit", "name")


def test_replaced_are_the_fields_that_are_named() -> None:
    one = Placed(name="ph", place=Place("mix"))
    assert replace(one, name="mass", unit="g") == Placed(name="mass", unit="g", place=Place("mix"))
    assert one.name == "ph"
    with pytest.raises(TypeError, match="colour"):
        replace(one, colour="red")


def test_it_is_shown_as_it_is_written() -> None:
    assert repr(Place("mix", 2)) == "Place(step='mix', number=2, names=())"
    assert repr(Named(name="ph")) == "Named(unit=None, name='ph')"


def test_it_is_matched_by_position_unless_it_is_made_by_keywords_alone() -> None:
    match Place("mix", 3):
        case Place(step, number):
            assert (step, number) == ("mix", 3)
    assert Named.__match_args__ == ()


def test_it_goes_to_another_process_and_comes_back() -> None:
    for one in (Place("mix"), Placed(name="ph", place=Place("mix")), Open(1, ["note"])):
        assert pickle.loads(pickle.dumps(one)) == copy.deepcopy(one) == copy.copy(one) == one  # noqa: S301 - its own


def test_a_class_over_another_may_have_an_init_of_its_own() -> None:
    assert (Special("mix").number, Special("box").step) == (7, "box")
    assert Place("mix").number == 1


def test_it_behaves_like_a_dataclass() -> None:
    @dataclasses.dataclass(frozen=True, slots=True)
    class Twin:
        step: str
        number: int = 1
        names: tuple[str, ...] = ()

    for values in (("mix",), ("mix", 2), ("box", 1, ("a", "b"))):
        ours, theirs = Place(*values), Twin(*values)
        assert repr(ours).removeprefix("Place") == repr(theirs).partition("Twin")[2]
        assert hash(ours) == hash(theirs)
        assert fields(ours) == tuple(one.name for one in dataclasses.fields(theirs))
