"""Questions about a dependency parse that more than one job asks: who governs whom, what fills which slot.

`Tree` wraps one parse for the time a sentence is coded and remembers answers. It knows English grammar as the
parser labels it (CLEAR dependencies), and nothing of actors, acts or codes.
"""

from __future__ import annotations

from functools import cached_property

from coder.records import Parse

# Nouns that only measure or bundle what follows "of": the following noun is what is meant.
CONTAINERS = frozenset(
    "series number set package round kind lot raft range variety group couple pair dozen hundred thousand "
    "million billion piece form type amount batch wave spate string host majority part member act course "
    "process rest some many several most all most most_of half third percent".split()
)
_CLAUSE = frozenset(("ccomp", "advcl", "relcl", "conj", "parataxis"))
_OBJECTS = ("dobj", "dative", "attr", "oprd")
_SUBJECTS = ("nsubj", "csubj")


class Tree:
    """A parse with its children lists and remembered look-ups. Indices are tokens."""

    __slots__ = ("__dict__", "children", "deps", "heads", "lemmas", "parse", "tags", "words")

    def __init__(self, parse: Parse) -> None:
        self.parse = parse
        self.words, self.lemmas, self.tags = parse.words, parse.lemmas, parse.tags
        self.deps, self.heads = parse.deps, parse.heads
        children: list[list[int]] = [[] for _ in parse.heads]
        for i, head in enumerate(parse.heads):
            if head != i:
                children[head].append(i)
        self.children = children

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """All lemmas and, in lower case, all words: whatever can fill a slot is among them."""
        return frozenset(self.lemmas).union(map(str.lower, self.words))

    @cached_property
    def _memory(self) -> dict[int, dict[str, frozenset[str]]]:
        return {}

    def is_verb(self, i: int) -> bool:
        return self.tags[i][:2] == "VB" or self.tags[i] == "MD"

    def is_noun(self, i: int) -> bool:
        return self.tags[i][:2] == "NN"

    def end(self, i: int) -> int:
        """The character behind the token, in the reading."""
        return self.parse.starts[i] + len(self.words[i])

    def kids(self, i: int, *deps: str) -> list[int]:
        return [c for c in self.children[i] if self.deps[c] in deps]

    def conjuncts(self, i: int) -> list[int]:
        """i and what is joined to it by "and", "or", commas or "together with", in order."""
        deps, children = self.deps, self.children
        out, stack = [i], [c for c in reversed(children[i]) if deps[c] == "conj"]
        for c in children[i]:
            if deps[c] == "prep" and self._joins(c):
                stack[:0] = self.kids(c, "pobj")
        while stack and len(out) <= 60:
            node = stack.pop()
            out.append(node)
            stack += [c for c in reversed(children[node]) if deps[c] == "conj"]
        return out

    def _joins(self, preposition: int) -> bool:
        before = self.words[preposition - 1].lower() if preposition else ""
        word = self.words[preposition].lower()
        return word == "alongside" or (word == "with" and before in ("together", "along", "jointly"))

    def clause(self, i: int) -> int:
        """The verb of the clause that a token stands in, or the top of its phrase."""
        for _ in range(8):
            if self.is_verb(i) or self.heads[i] == i:
                break
            i = self.heads[i]
        return i

    def subtree(self, i: int, limit: int = 400) -> list[int]:
        out: list[int] = []
        stack = [i]
        while stack and len(out) < limit:
            node = stack.pop()
            out.append(node)
            stack.extend(self.children[node])
        return sorted(out)

    def is_passive(self, verb: int) -> bool:
        if self.tags[verb] != "VBN":
            return False
        kids = [self.deps[c] for c in self.children[verb]]
        if "auxpass" in kids or "nsubjpass" in kids:
            return True
        if self.deps[verb] == "acl":
            return True
        if self.deps[verb] in ("conj",) and "aux" not in kids and not any(d in kids for d in _SUBJECTS):
            return self.is_passive(self.heads[verb])
        return "agent" in kids and "dobj" not in kids

    def subjects(self, verb: int, depth: int = 0) -> list[int]:
        """Heads of who does (or, in a passive, undergoes) `verb`: its own subject, or one inherited from above."""
        own = [c for c in self.children[verb] if self.deps[c] in ("nsubj", "csubj", "nsubjpass", "expl")]
        if own:
            own = [c for c in own if self.deps[c] != "expl"] or own
            relative = [c for c in own if self.words[c].lower() in ("who", "which", "that")]
            if relative and self.deps[verb] == "relcl":
                return [self.heads[verb]]
            return own
        head, dep = self.heads[verb], self.deps[verb]
        if head == verb or depth > 6:
            return []
        if dep == "conj" and self.is_verb(head):
            return self.subjects(head, depth + 1)
        if dep == "xcomp":
            return self.objects(head)[:1] if self._controls_by_object(head) else self.subjects(head, depth + 1)
        if dep in ("advcl", "pcomp", "prep", "dep", "ccomp", "parataxis"):
            if dep == "pcomp":
                outer = self.heads[head]
                return self.subjects(outer, depth + 1) if self.is_verb(outer) else self._owner_as_subject(outer)
            if dep == "ccomp" and self.tags[verb] not in ("VBG", "VB"):
                return []
            return self.subjects(head, depth + 1) if self.is_verb(head) else []
        if dep in ("acl", "relcl"):
            if self.tags[verb] in ("VBG", "VBN"):
                return [head]
            return self._owner_as_subject(head)
        return []

    def _controls_by_object(self, verb: int) -> bool:
        return any(self.deps[c] in ("dobj", "dative") for c in self.children[verb])

    def _owner_as_subject(self, noun: int) -> list[int]:
        """For "X's decision to attack": X, or else who governs the noun as its subject."""
        owners = self.kids(noun, "poss")
        if owners:
            return owners
        head = self.heads[noun]
        if head != noun and self.is_verb(head) and self.deps[noun] in ("dobj", "attr", "pobj"):
            return self.subjects(head, 3)
        return [noun]

    def agents(self, verb: int) -> list[int]:
        """Heads of the by-phrase of a passive."""
        return [p for c in self.children[verb] if self.deps[c] == "agent" for p in self.kids(c, "pobj")]

    def objects(self, verb: int) -> list[int]:
        """Heads of direct and indirect objects; a passive's subject; the noun that an object relative modifies."""
        out = [c for c in self.children[verb] if self.deps[c] in _OBJECTS]
        if self.is_passive(verb):
            own = self.kids(verb, "nsubjpass")
            if own and self.deps[verb] == "relcl" and self.words[own[0]].lower() in ("who", "which", "that"):
                own = [self.heads[verb]]
            out += own or (self.subjects(verb) if not out else [])
        elif not out and self.deps[verb] == "relcl" and self.kids(verb, *_SUBJECTS):
            subjects = {self.words[c].lower() for c in self.kids(verb, *_SUBJECTS)}
            if not subjects & {"who", "which", "that"}:
                out.append(self.heads[verb])
        elif not out and self.deps[verb] == "conj" and self.is_verb(self.heads[verb]):
            # "condemned and sanctioned Iran": the parser gives the object to the last verb or the first
            pass
        return out

    def prepositions(self, node: int) -> list[tuple[str, int]]:
        """(preposition, head of its noun phrase) for every prepositional phrase right under `node`."""
        out = []
        for c in self.children[node]:
            if self.deps[c] in ("prep", "agent", "dative") and self.tags[c] in (
                "IN",
                "TO",
                "RP",
                "VBG",
                "RB",
                "JJ",
            ):
                word = self.words[c].lower()
                for p in self.children[c]:
                    if self.deps[p] == "pobj":
                        out.append((word, p))
                    elif self.deps[p] == "prep":  # "out of", "along with"
                        out += [(self.words[p].lower(), q) for q in self.kids(p, "pobj")]
                    elif self.deps[p] == "pcomp" and self.is_noun(p):
                        out.append((word, p))
        return out

    def meant(self, noun: int) -> list[int]:
        """The noun, and what it is a container of ("a series of agreements")."""
        out = [noun]
        if self.lemmas[noun] in CONTAINERS:
            out += [p for word, p in self.prepositions(noun) if word == "of"]
        return out

    def slot(self, node: int, slot: str) -> frozenset[str]:
        """Lemmas that fill `slot` of `node`: any, subj, obj, mod, part, comp, prep, or a preposition's name."""
        fillers = self.fillers(node)
        found = fillers.get(slot)
        if found is None:
            found = fillers[slot] = frozenset(self._fill(node, slot))
        return found

    def fillers(self, node: int) -> dict[str, frozenset[str]]:
        """The slots of `node` that were asked for so far."""
        found = self._memory.get(node)
        if found is None:
            found = self._memory[node] = {}
        return found

    def _fill(self, node: int, slot: str) -> set[str]:
        lemmas = self.lemmas
        if slot == "any":
            domain, words = self.domain(node), self.words
            return {lemmas[i] for i in domain}.union([words[i].lower() for i in domain])
        if slot == "obj":
            heads = self.objects(node) if self.is_verb(node) else [node]
            return {lemmas[m] for h in heads for c in self.conjuncts(h) for m in self.meant(c)}
        if slot == "subj":
            heads = self.agents(node) if self.is_passive(node) else self.subjects(node)
            return {lemmas[m] for h in heads for c in self.conjuncts(h) for m in self.meant(c)}
        if slot == "mod":
            heads = [node] if not self.is_verb(node) else self.objects(node)
            return {
                lemmas[c]
                for h in heads
                for m in self.meant(h)
                for c in self.children[m]
                if self.deps[c] in ("amod", "compound", "nmod", "poss", "nummod", "det", "advmod")
            }
        if slot == "part":
            out = {lemmas[c] for c in self.children[node] if self.deps[c] in ("prt", "advmod", "prep")}
            if node + 1 < len(lemmas):
                out.add(lemmas[node + 1])
            return out
        if slot == "said":
            clauses = [
                c
                for c in self.children[node]
                if self.deps[c] in ("ccomp", "xcomp", "parataxis")
                or (self.deps[c] == "advcl" and not (self.tags[c] == "VBG" and self.kids(c, "ccomp")))  # "..., adding"
            ]
            return {lemmas[i] for c in clauses for i in self.subtree(c)}
        if slot == "neg":
            over = [node, self.heads[node]] if self.deps[node] == "xcomp" else [node]  # "is not going to exclude"
            return {
                lemmas[c]
                for n in over
                for c in self.children[n]
                if self.deps[c] == "neg" or lemmas[c] in ("never", "neither", "hardly")
            }
        if slot == "comp":
            return {
                lemmas[c] for c in self.children[node] if self.deps[c] in ("xcomp", "ccomp", "acomp", "advcl", "acl")
            }
        pairs = self.prepositions(node)
        if self.is_verb(node):
            pairs = pairs + [pair for o in self.objects(node) for pair in self.prepositions(o)]
        return {
            lemmas[m] for word, p in pairs if slot in ("prep", word) for c in self.conjuncts(p) for m in self.meant(c)
        }

    def domain(self, node: int) -> list[int]:
        """Tokens that belong to `node`'s own clause or phrase: its descendants, not those of clauses joined to it."""
        children, deps = self.children, self.deps
        out, stack = [node], children[node].copy()
        while stack and len(out) < 120:
            i = stack.pop()
            if deps[i] in _CLAUSE and self.is_verb(i):
                continue
            out.append(i)
            stack += children[i]
        return out
