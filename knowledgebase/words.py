"""Words of questions that say nothing about their subject."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words of questions that say nothing about their subject, folded. They weigh little; they are not left out.
COMMON = {
    "tr": _words(
        """
        acaba ama ancak bana bazi bazen bende beni benim bi bir biri birsey bize bizim bu buna bunu bunun burada cok
        cunku da daha de degil diye en fakat gibi hala hangi hep her herhangi hic icin ile ise iste kac kadar ki kim
        lazim mi mu mudur midir misiniz musunuz miyim muyum ne neden nedir nasil nerede nereden nereye nicin niye o olan
        olarak oldu oldugu olmak olur olsa olsun ona onu onun peki sana sen seni siz size sizi sizin sonra su ta tum
        var vardi varsa ve veya ya yani yok zaten ben merhaba selam lutfen istiyorum istiyom isterim gerekiyor gerek
        edebilir edebilirim edilir ederim etmek ediyor yapabilir yapabilirim yapilir yapmak yapiyor yapmaliyim yaparim
        olabilir miyiz mumkun tesekkurler
        """
    ),
    "en": _words(
        """
        a able about all also am an and any anything are as at be been but by can cannot could dear did do does
        doing don done for from get getting give go going got had has have having hello help hey hi how i if in
        into is it its just kindly know let like m may me much must my need no not now of on one or our please s
        shall should so some t tell thank thanks that the their them then there these they thing things this to
        too up us use very want wanted was we were what when where which who why will with would you your yours
        d ll re ve im ive
        """
    ),
}
