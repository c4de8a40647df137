"""Languages of the south of India, and Japanese, in Latin letters, as people type them."""

from corridor.evaluation.rules.answers.words.lexicon import Lexicon, of, scaled

THOUSAND = 10**3
LAKH = 10**5
CRORE = 10**7

TAMIL = Lexicon(
    name="Tamil, romanised",
    answer=of("vidai, badhil, bathil, pathil, padhil"),
    right=of("sariyana, sari, iruthi, sariyaana"),
    option=of("viruppam, therivu, option"),
    frame=of("aagum, aakum, enbathu, enbadhu, ithu, idhu, athu, adhu, thaan, dhaan, than, enave"),
    link=of("enbathu, enbadhu"),
    either=of("allathu, alladhu, matrum, irandum"),
    negations=of("alla, illai, thavaru, thavarana"),
    refusals=of(
        "mannikkavum, mannikavum, pathilalikka mudiyathu, badhil alikka mudiyadhu, "
        "bathil alikka mudiyathu, enakku theriyathu, enakku theriyadhu, udava mudiyathu"
    ),
    minus=of("minus, kazhithal"),
    scales=scaled(
        {
            THOUSAND: "aayiram, ayiram",
            LAKH: "latcham, laksham, lakh",
            CRORE: "kodi",
        }
    ),
    common=of(
        "oru, matrum, intha, indha, antha, andha, enru, endru, illai, ithu, idhu, avar, irunthu, "
        "aanal, aanaal, pala, ulla, endra"
    ),
)
TELUGU = Lexicon(
    name="Telugu, romanised",
    answer=of("jawabu, javabu, samadhanam, samaadhaanam"),
    right=of("saraina, sari, tudi, chivari"),
    option=of("empika, option"),
    frame=of("avutundi, undi, idi, adi, yokka, deeni, naa, kabatti, anedi"),
    link=of("anedi"),
    either=of("leda, ledha, mariyu, rendu"),
    negations=of("kaadu, kadu, ledu, tappu"),
    refusals=of(
        "kshaminchandi, kshaminchali, samadhanam ivvalenu, cheppalenu, naaku teliyadu, "
        "naku teliyadu, sahayam cheyalenu"
    ),
    minus=of("minus"),
    scales=scaled(
        {
            THOUSAND: "veyyi, vela, velu",
            LAKH: "laksha, lakshalu",
            CRORE: "koti, kotlu",
        }
    ),
    common=of(
        "mariyu, oka, ee, aa, undi, unnayi, kaadu, ani, lo, ki, nundi, chala, ledu, idi, adi, "
        "kosam, kani"
    ),
)
KANNADA = Lexicon(
    name="Kannada, romanised",
    answer=of("uttaravu, javabu, jawabu"),
    doubtful=of("uttara, uttar"),
    right=of("sariyada, sari, antima, sariyaada"),
    option=of("aayke, ayke, option"),
    frame=of("aagide, agide, ide, idu, adu, idara, nanna, aadudarinda, endare"),
    link=of("endare"),
    either=of("athava, mattu, eradu"),
    negations=of("alla, illa, tappu, thappu"),
    refusals=of(
        "kshamisi, uttarisalu sadhyavilla, sahaya madalu sadhyavilla, nanage gottilla, "
        "nanage tilidilla"
    ),
    minus=of("minus, runa"),
    scales=scaled(
        {
            THOUSAND: "saavira, savira",
            LAKH: "laksha",
            CRORE: "koti",
        }
    ),
    common=of(
        "mattu, ondu, ee, aa, ide, illa, endu, alli, inda, aadare, avaru, idu, adu, athava, "
        "kuda, agide, aagide"
    ),
)
MALAYALAM = Lexicon(
    name="Malayalam, romanised",
    answer=of("utharam, uttaram, marupadi"),
    right=of("shariyaya, sheriyaya, sari, shari, anthima"),
    option=of("option, thiranjeduppu"),
    frame=of("aanu, anu, aakunnu, ithu, athu, ithinte, ente, athinal, ennathu"),
    link=of("ennathu"),
    either=of("allenkil, athava, koodathe, randum"),
    negations=of("alla, illa, thettu, thettanu"),
    refusals=of(
        "kshamikkanam, kshamikkuka, utharam nalkan kazhiyilla, enikku ariyilla, enikkariyilla, "
        "sahayikkan kazhiyilla"
    ),
    minus=of("minus, nyoonam"),
    scales=scaled(
        {
            THOUSAND: "aayiram, ayiram",
            LAKH: "laksham",
            CRORE: "kodi, koti",
        }
    ),
    common=of(
        "oru, ee, aa, aanu, anu, illa, ennu, ninnu, pakshe, athu, ithu, avar, undu, koodi, "
        "vendi, cheythu"
    ),
)
JAPANESE = Lexicon(
    name="Japanese, romanised",
    answer=of("kotae, kaitou, kaito, seikai"),
    right=of("tadashii, saishuteki na, saishu"),
    option=of("sentakushi, bango"),
    frame=of("desu, deshita, dearu, da, wa, ga, no, ni narimasu, sore, kore, yotte, shitagatte"),
    link=of("wa, ha, ga"),
    either=of("matawa, mataha, moshikuwa, to, oyobi, ka"),
    negations=of("dewa nai, dewanai, dewa arimasen, ja nai, machigai, fuseikai"),
    refusals=of(
        "moushiwake arimasen, moshiwake arimasen, mōshiwake arimasen, okotae dekimasen, "
        "kotaeraremasen, wakarimasen, shirimasen, gomen nasai, gomennasai"
    ),
    minus=of("mainasu"),
    scales=scaled(
        {
            100: "hyaku",
            THOUSAND: "sen",
            10**4: "man",
            10**8: "oku",
        }
    ),
    common=of(
        "wa, no, ni, wo, o, ga, desu, to, de, mo, kara, made, masu, suru, shita, koto, aru, "
        "kono, sono"
    ),
)
