"""Gujarati and Punjabi."""

from corridor.evaluation.rules.answers.words.lexicon import Lexicon, of, scaled

THOUSAND = 10**3
LAKH = 10**5
MILLION = 10**6
CRORE = 10**7
BILLION = 10**9

GUJARATI = Lexicon(
    name="Gujarati",
    answer=of("જવાબ, ઉત્તર છે, ઉકેલ"),
    doubtful=of("ઉત્તર"),
    right=of("સાચો, સાચું, સાચી, યોગ્ય, અંતિમ, શ્રેષ્ઠ, ખરો, બરાબર"),
    option=of("વિકલ્પ, પસંદગી"),
    frame=of("છે, હશે, આ, તે, આનો, નો, ની, નું, મારો, પ્રશ્નનો, તેથી, જ"),
    link=of("છે, હશે"),
    either=of("અથવા, કે, અને, બંને, યા"),
    negations=of("નથી, નહીં, નહિ, ના, ખોટું, ખોટો, ખોટી"),
    refusals=of(
        "માફ કરશો, માફ કરજો, ક્ષમા કરશો, આપી શકતો નથી, આપી શકતી નથી, કરી શકતો નથી, કરી શકતી નથી, "
        "મદદ કરી શકતો નથી, મને ખબર નથી, જવાબ આપી શકું નહીં, મને માફ કરો"
    ),
    minus=of("માઈનસ, માઇનસ, ઋણ, ઓછા"),
    scales=scaled(
        {
            100: "સો",
            THOUSAND: "હજાર, હજારો",
            LAKH: "લાખ",
            MILLION: "મિલિયન",
            CRORE: "કરોડ",
            BILLION: "અબજ",
        }
    ),
    labels=of("અ બ ક ડ, ક ખ ગ ઘ, એ બી સી ડી"),
)
PUNJABI = Lexicon(
    name="Punjabi",
    answer=of("ਜਵਾਬ, ਉੱਤਰ ਹੈ, ਹੱਲ"),
    doubtful=of("ਉੱਤਰ, ਉਤਰ"),
    right=of("ਸਹੀ, ਠੀਕ, ਅੰਤਿਮ, ਆਖਰੀ, ਅੰਤਮ, ਵਧੀਆ"),
    option=of("ਵਿਕਲਪ, ਚੋਣ, ਆਪਸ਼ਨ"),
    frame=of("ਹੈ, ਹਨ, ਸੀ, ਹੋਵੇਗਾ, ਇਹ, ਉਹ, ਇਸਦਾ, ਦਾ, ਦੀ, ਦੇ, ਮੇਰਾ, ਸਵਾਲ, ਇਸ, ਲਈ, ਹੀ"),
    link=of("ਹੈ, ਹੋਵੇਗਾ"),
    either=of("ਜਾਂ, ਅਤੇ, ਤੇ, ਦੋਵੇਂ"),
    negations=of("ਨਹੀਂ, ਨਾ, ਨਹੀ, ਗਲਤ, ਗ਼ਲਤ"),
    refusals=of(
        "ਮਾਫ਼ ਕਰਨਾ, ਮਾਫ਼ ਕਰੋ, ਮੁਆਫ਼ ਕਰਨਾ, ਖਿਮਾ ਕਰਨਾ, ਨਹੀਂ ਦੇ ਸਕਦਾ, ਨਹੀਂ ਦੇ ਸਕਦੀ, ਨਹੀਂ ਕਰ ਸਕਦਾ, "
        "ਨਹੀਂ ਕਰ ਸਕਦੀ, ਮਦਦ ਨਹੀਂ ਕਰ, ਮੈਨੂੰ ਨਹੀਂ ਪਤਾ, ਮੈਨੂੰ ਪਤਾ ਨਹੀਂ, ਮੈਨੂੰ ਅਫ਼ਸੋਸ ਹੈ"
    ),
    minus=of("ਮਾਈਨਸ, ਮਨਫ਼ੀ, ਰਿਣ"),
    scales=scaled(
        {
            100: "ਸੌ",
            THOUSAND: "ਹਜ਼ਾਰ",
            LAKH: "ਲੱਖ",
            MILLION: "ਮਿਲੀਅਨ",
            CRORE: "ਕਰੋੜ",
            BILLION: "ਅਰਬ",
        }
    ),
    labels=of("ੳ ਅ ੲ ਸ, ਕ ਖ ਗ ਘ, ਏ ਬੀ ਸੀ ਡੀ"),
)
