"""Signs by which languages of one script are told apart."""

from corridor.evaluation.rules.answers.words.lexicon import Words, of

FOREIGN: dict[str, Words] = {
    "fr-Latn": of("le, la, les, des, et, est, une, dans, que, pour, qui, sur, pas, avec, sont"),
    "de-Latn": of("der, die, das, und, ist, nicht, ein, eine, den, von, mit, auf, sich, dem"),
    "es-Latn": of("el, los, las, que, una, por, con, para, del, se, su, como, más, es"),
    "id-Latn": of("yang, dan, di, dengan, untuk, ini, itu, adalah, dari, pada, tidak, dalam"),
    "ar-Arab": of("في, من, على, إلى, التي, الذي, هذا, هذه, أن, كان, كانت, مع, عن, وقد"),
    "fa-Arab": of("است, این, را, که, در, از, به, برای, آن, می, شد, های, بود, یک"),
}
"""Small words of languages that a model may fall into and that are not evaluated here."""
TELLING: dict[str, Words] = {
    "as-Beng": tuple("ৰৱ"),
    "bn-Beng": tuple("র"),
    "mni-Beng": tuple("রৱ"),
    "sd-Arab": tuple("ڀٻڄڃڇٺٽڊڌڍڏڳڱڻٿ۾۽"),
    "ur-Arab": tuple("ٹڈڑے"),
    "ks-Arab": tuple("ٲۆۄؠٕٹڈڑے"),
    "ar-Arab": tuple("ةأإ"),
    "mr-Deva": tuple("ळ"),
    "kok-Deva": tuple("ळ"),
    "sa-Deva": tuple("ळ"),
    "sd-Deva": tuple("ॻॼॾॿ"),
}
"""Letters that one language writes all the time and others of its script hardly."""
