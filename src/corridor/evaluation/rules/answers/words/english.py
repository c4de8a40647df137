"""English, whose cues a model may use in whatever language it is asked."""

from corridor.evaluation.rules.answers.words.lexicon import Lexicon, of, scaled

THOUSAND = 10**3
LAKH = 10**5
MILLION = 10**6
CRORE = 10**7
BILLION = 10**9

ENGLISH = Lexicon(
    name="English",
    answer=of("answer, ans, solution"),
    right=of("correct, right, final, best, true"),
    option=of("option, choice, letter"),
    frame=of(
        "the, my, it, it's, this, that, is, are, would, will, be, should, must, to, question, "
        "therefore, so, thus, hence, i choose, i would choose, i select, i pick, i think, "
        "i'd say, as follows"
    ),
    link=of("is, are, would be, will be, must be, should be"),
    either=of("or, and, both, either"),
    negations=of(
        "not, never, neither, nor, isn't, aren't, wasn't, cannot be, can't be, wrong, incorrect, "
        "false, except"
    ),
    refusals=of(
        "i cannot, i can't, i can not, i am unable, i'm unable, i am not able, i'm not able, "
        "i won't, i will not, i must decline, i have to decline, unable to answer, "
        "cannot answer, can't answer, cannot assist, can't assist, can't help with, "
        "cannot help with, i'm sorry, i am sorry, i apologize, i apologise, as an ai, "
        "i do not know, i don't know, i am not sure, i'm not sure, not enough information"
    ),
    minus=of("minus, negative"),
    scales=scaled(
        {
            100: "hundred",
            THOUSAND: "thousand",
            LAKH: "lakh, lakhs, lac, lacs",
            MILLION: "million",
            CRORE: "crore, crores",
            BILLION: "billion",
            10**12: "trillion",
        }
    ),
    common=of(
        "the, of, and, is, are, was, to, in, that, for, it, with, as, on, by, from, at, this, "
        "which, be, an, not, have, has, were"
    ),
)
