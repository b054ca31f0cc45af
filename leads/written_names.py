"""Names as a register writes them, found among the store's own or made new (SPEC A58)."""

import datetime as dt
import re
from itertools import count

from accounts.models import Store, User
from accounts.roles import RECEIVING, Role

from .models import CarModel, Term
from .pinyin import spelled_name
from .stores import create_staff
from .text import HAN, header_key


class WrittenNames:
    """The choices, car models and people of a store by any of their names, read once per import.

    Compared without case, spaces and signs. What is not found is created; a blank name is None.
    """

    def __init__(self, store: Store, *, on: dt.date):
        self.store, self.on = store, on
        self._new_people: dict[int, str] = {}
        self.reload()

    def reload(self) -> None:
        """Read everything anew, as after a rollback."""
        self._terms: dict[tuple[str, str], Term] = {}
        for term in Term.objects.filter(store=self.store).order_by("-active", "rank", "id"):
            self._keep_term(term)
        self._models: dict[str, CarModel] = {}
        for model in CarModel.objects.filter(group=self.store.group_id).order_by("-active", "id"):
            self._keep_model(model)
        people = User.objects.filter(memberships__store=self.store).distinct().order_by("id")
        self._people: dict[str, User] = {}
        for person in sorted(people, key=self._may_not_receive):
            self._people.setdefault(header_key(person.full_name), person)
        here = {person.pk for person in self._people.values()}
        self._new_people = {pk: name for pk, name in self._new_people.items() if pk in here}

    @property
    def staff_created(self) -> list[str]:
        return list(self._new_people.values())

    def term(self, which: str, name: str) -> Term | None:
        """The choice of a list, such as a channel, by its English or Chinese name."""
        key = header_key(name)
        return (self._terms.get((which, key)) or self._new_term(which, name)) if key else None

    def car_model(self, name: str, *, brand: str = "") -> CarModel | None:
        """The car model by its name; with a brand, that brand's."""
        key = header_key(f"{brand} {name}")
        return (self._models.get(key) or self._new_model(name, brand)) if header_key(name) else None

    def person(self, name: str) -> User | None:
        """The member of the store; of two with one name the one who may receive visitors."""
        key = header_key(name)
        return (self._people.get(key) or self._new_person(name)) if key else None

    def _may_not_receive(self, person: User) -> bool:
        return not person.roles_in(self.store) & set(RECEIVING)

    def _keep_term(self, term: Term) -> Term:
        for name in filter(None, (term.name_zh, term.name_en, term.code)):
            self._terms.setdefault((term.list, header_key(name)), term)
        return term

    def _keep_model(self, model: CarModel) -> CarModel:
        for name in filter(None, (model.name_zh, model.name_en)):
            self._models.setdefault(header_key(name), model)
            self._models.setdefault(header_key(f"{model.brand} {name}"), model)
        return model

    def _new_term(self, which: str, name: str) -> Term:
        taken = {term.code for (of, _key), term in self._terms.items() if of == which}
        code = _free(spelled_name(name)[:32] or which, taken)
        rank = len(taken) + 1
        return self._keep_term(
            Term.objects.create(store=self.store, list=which, code=code, rank=rank, **_names(name))
        )

    def _new_model(self, name: str, brand: str) -> CarModel:
        taken = {model.code for model in self._models.values()}
        code = _free(spelled_name(name)[:50] or "model", taken)
        return self._keep_model(
            CarModel.objects.create(group_id=self.store.group_id, brand=brand, code=code, **_names(name))
        )

    def _new_person(self, name: str) -> User:
        spelled = spelled_name(name)[:50] or "staff"
        taken = set(User.objects.filter(username__startswith=spelled).values_list("username", flat=True))
        person = create_staff(
            self.store, username=_free(spelled, taken), name=name, roles=[Role.CONSULTANT], on=self.on
        )
        self._new_people[person.pk] = name
        self._people[header_key(name)] = person
        return person


def _names(name: str) -> dict[str, str]:
    """The name in the language it is written in; the other stays open."""
    in_chinese = re.search(f"[{HAN}]", name)
    return {"name_zh": name if in_chinese else "", "name_en": "" if in_chinese else name}


def _free(wanted: str, taken: set[str]) -> str:
    """The wanted word, or with the first number that makes it unique."""
    numbered = (f"{wanted}{n}" for n in count(2))
    return wanted if wanted not in taken else next(word for word in numbered if word not in taken)
