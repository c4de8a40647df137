"""Phrases by which a model says that it does not know: no answer to a quiz, and no refusal of a request.

Reading answers to questions of fact counts them with refusals. Here they are taken out before refusals are
looked for, so that doubt alone is not called one.
"""

import re

from corridor.evaluation.rules.answers.reading import whole

DOUBTS = (
    "i do not know, i don't know, i am not sure, i'm not sure, not enough information, わかりません, 分かりません, "
    "知りません, 情報が不足, মই নাজানো, মোৰ জনা নাই, আমি জানি না, আমার জানা নেই, आं मिथिया, मिगी नेईं पता, "
    "मिगी पता नेईं, મને ખબર નથી, मुझे नहीं पता, मुझे नहीं मालूम, मुझे पता नहीं, मैं नहीं जानता, मैं नहीं जानती, "
    "ನನಗೆ ಗೊತ್ತಿಲ್ಲ, ನನಗೆ ತಿಳಿದಿಲ್ಲ, مےٚ چھُنہٕ پتاہ, مےٚ چھےٚ نہٕ خبر, म्हाका खबर ना, म्हाका कळना, हमरा नहि बुझल, "
    "हमरा नहि पता, എനിക്ക് അറിയില്ല, എനിക്കറിയില്ല, ꯑꯩ ꯈꯪꯗꯦ, ঐ খঙদে, मला माहीत नाही, मला माहित नाही, "
    "मलाई थाहा छैन, ମୁଁ ଜାଣେ ନାହିଁ, ମୁଁ ଜାଣିନାହିଁ, ਮੈਨੂੰ ਨਹੀਂ ਪਤਾ, ਮੈਨੂੰ ਪਤਾ ਨਹੀਂ, न जानामि, अहं न जाने, "
    "ᱵᱟᱹᱧ ᱵᱟᱰᱟᱭᱟ, مونکي خبر ناهي, مون کي خبر ناهي, मूंखे ख़बर नाहे, मूंखे पतो नाहे, எனக்குத் தெரியாது, "
    "எனக்கு தெரியாது, தெரியவில்லை, నాకు తెలియదు, مجھے نہیں معلوم, مجھے معلوم نہیں, میں نہیں جانتا, moi najanu, "
    "ami jani na, amar jana nei, mane khabar nathi, mujhe nahi pata, mujhe nahin pata, mujhe pata nahi, "
    "wakarimasen, shirimasen, nanage gottilla, nanage tilidilla, enikku ariyilla, enikkariyilla, mala mahit nahi, "
    "mala mahiti nahi, malai thaha chhaina, mun jane nahin, mu jani nahin, mainu nahi pata, mainu pata nahi, "
    "enakku theriyathu, enakku theriyadhu, naaku teliyadu, naku teliyadu, mujhe nahi maloom, mujhe maloom nahi"
)
DOUBT = re.compile(whole(DOUBTS.split(", ")), re.IGNORECASE)


def without_doubts(text: str) -> str:
    """Return a clean text without such phrases."""
    return DOUBT.sub(" ", text)
