"""Languages of the north of India and Nepali in Latin letters, as people type them; there is no one spelling."""

from corridor.evaluation.rules.answers.words.lexicon import Lexicon, of, scaled

THOUSAND = 10**3
LAKH = 10**5
CRORE = 10**7
BILLION = 10**9

HINDI = Lexicon(
    name="Hindi, romanised",
    answer=of("jawab, jawaab, javab, javaab, uttar hai"),
    doubtful=of("uttar"),
    right=of("sahi, sahee, antim, theek, thik"),
    option=of("vikalp, option"),
    frame=of(
        "hai, hain, tha, hoga, yeh, ye, yah, vah, woh, iska, ka, ki, ke, mera, prashn, sawal, "
        "isliye, atah, hi"
    ),
    link=of("hai, hoga"),
    either=of("ya, aur, athva, dono, donon"),
    negations=of("nahi, nahin, nahee, nai, mat, galat, ghalat"),
    refusals=of(
        "maaf kijiye, maaf karen, maaf karein, maf kijiye, kshama karen, kshama kijiye, "
        "nahi de sakta, nahin de sakta, nahi kar sakta, nahin kar sakta, mujhe nahi pata, "
        "mujhe nahin pata, mujhe pata nahi, mujhe maaf"
    ),
    minus=of("minus, rin"),
    scales=scaled(
        {
            THOUSAND: "hazar, hazaar, hajar, hajaar",
            LAKH: "laakh, lakh",
            CRORE: "karod, karor, crore, kror, koti",
            BILLION: "arab",
        }
    ),
    common=of(
        "hai, hain, ka, ki, ke, mein, me, se, aur, ko, ne, par, yeh, ye, tha, the, thi, nahi, "
        "nahin, kya, ek, gaya, kiya, bhi, liye"
    ),
)
URDU = Lexicon(
    name="Urdu, romanised",
    answer=of("jawab, jawaab, javab, javaab, uttar hai"),
    doubtful=of("uttar"),
    right=of("sahih, sahi, durust, aakhri, hatmi"),
    option=of("option, ikhtiyar, intikhab"),
    frame=of(
        "hai, hain, tha, hoga, yeh, ye, yah, vah, woh, iska, ka, ki, ke, mera, prashn, sawal, "
        "isliye, atah, hi"
    ),
    link=of("hai, hoga"),
    either=of("ya, aur, athva, dono, donon"),
    negations=of("nahi, nahin, nahee, nai, mat, galat, ghalat"),
    refusals=of(
        "maaf kijiye, maaf karen, maaf karein, maf kijiye, kshama karen, kshama kijiye, "
        "nahi de sakta, nahin de sakta, nahi kar sakta, nahin kar sakta, mujhe nahi pata, "
        "mujhe nahin pata, mujhe pata nahi, mujhe maaf, maazrat, mazrat, mujhe nahi maloom, "
        "mujhe maloom nahi, afsos hai"
    ),
    minus=of("manfi, minus"),
    scales=scaled(
        {
            THOUSAND: "hazar, hazaar, hajar, hajaar",
            LAKH: "laakh, lakh",
            CRORE: "karod, karor, crore, kror, koti",
            BILLION: "arab",
        }
    ),
    common=of(
        "hai, hain, ka, ki, ke, mein, me, se, aur, ko, ne, par, yeh, ye, tha, the, thi, nahi, "
        "nahin, kya, ek, gaya, kiya, bhi, liye"
    ),
)
PUNJABI = Lexicon(
    name="Punjabi, romanised",
    answer=of("jawab, javab, uttar hai"),
    doubtful=of("uttar"),
    right=of("sahi, theek, antim, aakhri"),
    option=of("vikalp, chon, option"),
    frame=of("hai, han, si, hovega, eh, oh, isda, da, di, de, mera, sawal"),
    link=of("hai, hovega"),
    either=of("jaan, ate, te, dove"),
    negations=of("nahi, nahin, na, galat"),
    refusals=of(
        "maaf karna, maaf karo, nahi de sakda, nahi kar sakda, mainu nahi pata, mainu pata nahi"
    ),
    minus=of("minus, manfi"),
    scales=scaled(
        {
            THOUSAND: "hazar, hazaar, hajar, hajaar",
            LAKH: "laakh, lakh, lakkh",
            CRORE: "karod, karor, crore, kror, koti",
            BILLION: "arab",
        }
    ),
    common=of(
        "hai, han, da, di, de, vich, ate, nu, ne, te, eh, si, san, nahi, ik, ton, lai, nal, "
        "kita, gia"
    ),
)
GUJARATI = Lexicon(
    name="Gujarati, romanised",
    answer=of("javab, jawab, uttar chhe"),
    doubtful=of("uttar"),
    right=of("sacho, sachu, sachi, yogya, antim, barabar"),
    option=of("vikalp, option"),
    frame=of("chhe, che, hashe, aa, te, aano, no, ni, nu, maro, tethi"),
    link=of("chhe, che"),
    either=of("athva, ke, ane, banne"),
    negations=of("nathi, nahi, nahin, na, khotu, khoto"),
    refusals=of(
        "maaf karsho, maf karsho, maaf karjo, aapi shakto nathi, kari shakto nathi, "
        "mane khabar nathi"
    ),
    minus=of("minus, rin"),
    scales=scaled(
        {
            THOUSAND: "hazar, hazaar, hajar, hajaar",
            LAKH: "laakh, lakh",
            CRORE: "karod, karor, crore, kror, koti",
            BILLION: "arab",
        }
    ),
    common=of(
        "chhe, che, ane, nu, na, ni, no, ma, thi, te, aa, hatu, hato, hati, mate, pan, ek, "
        "nathi, karva, ke"
    ),
)
MARATHI = Lexicon(
    name="Marathi, romanised",
    answer=of("uttar aahe, uttar ahe, javab, jawab"),
    doubtful=of("uttar"),
    right=of("yogya, barobar, antim, khare, achuk"),
    option=of("paryay, option"),
    frame=of("aahe, ahe, asel, he, ha, hi, te, mhanun, majhe, prashnache"),
    link=of("aahe, ahe, asel"),
    either=of("kinva, kimva, ani, aani, athva"),
    negations=of("nahi, nahit, navhe, chukiche, chuk"),
    refusals=of(
        "maaf kara, maf kara, kshama kara, deu shakat nahi, karu shakat nahi, mala mahit nahi, "
        "mala mahiti nahi"
    ),
    minus=of("vaja, une, minus"),
    scales=scaled(
        {
            THOUSAND: "hazar, hazaar, hajar, hajaar",
            LAKH: "laakh, lakh",
            CRORE: "karod, karor, crore, kror, koti",
            BILLION: "arab",
        }
    ),
    common=of(
        "aahe, ahe, ahet, ani, aani, he, te, ya, hote, hota, hoti, chya, madhye, nahi, kele, "
        "ase, ek, tar, kinva, mhanun"
    ),
)
BENGALI = Lexicon(
    name="Bengali, romanised",
    answer=of("uttor, jobab, jawab, uttar holo"),
    doubtful=of("uttar"),
    right=of("sothik, shothik, thik, churanto"),
    option=of("bikolpo, option"),
    frame=of("holo, hol, hobe, eta, eti, er, amar, tai, proshner"),
    link=of("holo, hol, hobe"),
    either=of("ba, othoba, ebong, ar, ubhoy"),
    negations=of("noy, na, nei, bhul, noi"),
    refusals=of(
        "dukkhito, dukhito, khoma korben, maf korben, uttor dite parchi na, dite parbo na, "
        "ami jani na, amar jana nei"
    ),
    minus=of("minus, rinatmok"),
    scales=scaled(
        {
            THOUSAND: "hazar, hazaar, hajar, hajaar",
            LAKH: "laakh, lakh, lokkho",
            CRORE: "karod, karor, crore, kror, koti",
            BILLION: "arab",
        }
    ),
    common=of(
        "ebong, ei, kore, holo, ekti, theke, jonno, je, kora, tar, chilo, hoyeche, na, sathe, "
        "kintu, tara, moddhe, ache, o, amar"
    ),
)
ASSAMESE = Lexicon(
    name="Assamese, romanised",
    answer=of("uttor, jobab, uttar hoise"),
    doubtful=of("uttar"),
    right=of("xothik, sothik, xuddho, suddho"),
    option=of("bikolpo, option"),
    frame=of("hol, hoise, hoy, eitu, iyar, mur, gotike"),
    link=of("hoise, hol"),
    either=of("ba, naiba, aru"),
    negations=of("nohoy, nai, bhul"),
    refusals=of("dukhit, khyoma koribo, dibo nuwaru, koribo nuwaru, moi najanu"),
    minus=of("minus"),
    scales=scaled(
        {
            THOUSAND: "hazar, hazaar, hajar, hajaar",
            LAKH: "laakh, lakh",
            CRORE: "karod, karor, crore, kror, koti",
            BILLION: "arab",
        }
    ),
    common=of("aru, ei, kora, hoy, eta, pora, babe, je, kori, asil, hoise, nai, logot, kintu, ase"),
)
ODIA = Lexicon(
    name="Odia, romanised",
    answer=of("uttara heuchhi, uttarati, jabab"),
    doubtful=of("uttara, uttar"),
    right=of("sathika, thik, antima"),
    option=of("bikalpa, option"),
    frame=of("heuchhi, hela, heba, ate, eha, ehi, mora, tenu"),
    link=of("heuchhi, hela, heba"),
    either=of("kimba, ba, ebam, ebang, o"),
    negations=of("nuhen, nuhe, nahin, nahi, bhul"),
    refusals=of(
        "dukhita, kshama karantu, deiparibi nahin, kariparibi nahin, mun jane nahin, mu jani nahin"
    ),
    minus=of("minus, binus"),
    scales=scaled(
        {
            THOUSAND: "hazar, hazaar, hajar, hajaar",
            LAKH: "laakh, lakh, lakhya",
            CRORE: "karod, karor, crore, kror, koti",
            BILLION: "arab",
        }
    ),
    common=of(
        "ebang, ebam, ehi, kari, o, gotie, heuchhi, pain, ru, re, thila, achhi, nahin, saha, "
        "kintu, semane"
    ),
)
NEPALI = Lexicon(
    name="Nepali, romanised",
    answer=of("jawaf, jawaaf, javaf, uttar ho"),
    doubtful=of("uttar"),
    right=of("sahi, thik, antim"),
    option=of("vikalpa, bikalpa, option"),
    frame=of("ho, hun, hunchha, chha, yo, tyo, yasko, ko, nai, mero"),
    link=of("ho, hunchha"),
    either=of("wa, va, ra, athawa, duvai"),
    negations=of("hoina, haina, chhaina, galat"),
    refusals=of("maaf garnuhos, kshama garnuhos, dina sakdina, garna sakdina, malai thaha chhaina"),
    minus=of("minus, rin"),
    scales=scaled(
        {
            THOUSAND: "hazar, hazaar, hajar, hajaar",
            LAKH: "laakh, lakh",
            CRORE: "karod, karor, crore, kror, koti",
            BILLION: "arab",
        }
    ),
    common=of(
        "chha, cha, chhan, ho, ra, ko, ma, le, lai, yo, thiyo, thie, pani, gareko, ek, bhane, "
        "yas, garna, bhayeko, tara"
    ),
)
