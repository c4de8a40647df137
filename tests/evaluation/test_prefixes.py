"""Trees of tokens: what is read once, and that nothing is read wrongly."""

from hypothesis import given
from hypothesis import strategies as st

from corridor.evaluation.rules.prefixes import Plan, Scored, Tokens, planned

TEXTS = st.lists(
    st.tuples(
        st.lists(st.integers(0, 2), min_size=2, max_size=7).map(tuple), st.integers(1, 6)
    ).map(lambda pair: Scored(pair[0], min(pair[1], len(pair[0]) - 1))),
    min_size=1,
    max_size=12,
)


def read_before(plan: Plan, tree_index: int, node_index: int, text: int) -> Tokens:
    """What a model has read for a text when it comes to a node, by positions."""
    tree = plan.trees[tree_index]
    place = tree.texts.index(text)
    seen = {position: token for position, token in enumerate(plan.kept)}
    for node in tree.nodes[: node_index + 1]:
        if node.first <= place <= node.last:
            assert node.position not in seen
            seen[node.position] = node.token
    assert list(seen) == list(range(len(seen)))
    return tuple(seen.values())


@given(TEXTS, st.integers(1, 12), st.integers(1, 5))
def test_each_scored_token_is_predicted_from_exactly_what_stands_before_it(
    texts: list[Scored], most_tokens: int, most_texts: int
) -> None:
    plan = planned(texts, most_tokens=most_tokens, most_texts=most_texts, memory=8)

    found = [text for tree in plan.trees for text in tree.texts]
    assert sorted(found) == list(range(len(texts)))
    for at, tree in enumerate(plan.trees):
        assert len(tree.texts) <= most_texts
        assert len(tree.nodes) <= most_tokens or len(tree.texts) == 1
        assert len(plan.kept) + len(tree.nodes) <= 8
        for text, nodes in zip(tree.texts, tree.scores, strict=True):
            tokens, start = texts[text].tokens, texts[text].start
            assert [read_before(plan, at, node, text) for node in nodes] == [
                tokens[:end] for end in range(start, len(tokens))
            ]
            assert all(tree.nodes[node].wanted for node in nodes)


def test_the_options_of_a_question_share_it_and_all_share_the_examples() -> None:
    examples, one, other = (1, 2, 3), (4, 5), (6, 7)
    texts = [
        Scored((*examples, *question, *option), 5)
        for question in (one, other)
        for option in ((8,), (9,), (10, 11))
    ]

    plan = planned(texts, most_tokens=4, most_texts=8, memory=99)

    assert plan.kept == examples
    assert [len(tree.nodes) for tree in plan.trees] == [3, 3]
    assert plan.tokens == 3 + 2 * 3  # alone they would be 6 * 5 tokens and more


def test_options_of_one_token_cost_no_more_than_their_question() -> None:
    texts = [Scored((1, 2, 3, last), 3) for last in range(50)]

    plan = planned(texts, most_tokens=9, most_texts=64, memory=99)

    assert plan.tokens == 3
    assert len(plan.trees) == 1
