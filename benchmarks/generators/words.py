"""Names of made-up people and organizations, and issuing places of their documents (模拟用词)."""

from itertools import accumulate
from random import Random


class Weighted:
    """Words with weights."""

    def __init__(self, weights: dict[str, int]) -> None:
        self.words = list(weights)
        self.cumulated = list(accumulate(weights.values()))

    def draw(self, random: Random) -> str:
        """Return a random word by weight."""
        return random.choices(self.words, cum_weights=self.cumulated)[0]


#: Surnames with their frequency per thousand: about a hundred common ones, and a few of two characters.
SURNAMES = Weighted(
    {
        "王": 72, "李": 71, "张": 67, "刘": 54, "陈": 46, "杨": 31, "黄": 22, "赵": 20, "吴": 20, "周": 19,
        "徐": 15, "孙": 15, "马": 13, "朱": 13, "胡": 12, "郭": 12, "何": 11, "林": 11, "高": 10, "罗": 9,
        "郑": 9, "梁": 9, "谢": 8, "宋": 8, "唐": 7, "许": 7, "邓": 6, "韩": 6, "冯": 6, "曹": 6,
        "彭": 5, "曾": 5, "肖": 5, "田": 5, "董": 5, "潘": 5, "袁": 5, "蔡": 5, "蒋": 5, "余": 5,
        "于": 4, "杜": 4, "叶": 4, "程": 4, "魏": 4, "苏": 4, "吕": 4, "丁": 4, "任": 4, "卢": 4,
        "姚": 4, "沈": 4, "钟": 4, "姜": 4, "崔": 3, "谭": 3, "陆": 3, "范": 3, "汪": 3, "廖": 3,
        "石": 3, "金": 3, "韦": 3, "贾": 3, "夏": 3, "付": 3, "方": 3, "邹": 2, "熊": 2, "白": 2,
        "孟": 2, "秦": 2, "邱": 2, "侯": 2, "江": 2, "尹": 2, "薛": 2, "闫": 2, "段": 2, "雷": 2,
        "龙": 2, "史": 2, "陶": 2, "黎": 2, "贺": 2, "顾": 2, "毛": 2, "郝": 2, "龚": 2, "邵": 2,
        "欧阳": 1, "上官": 1, "司马": 1, "诸葛": 1, "皇甫": 1, "尉迟": 1,
    }
)  # fmt: skip
#: Given names of men and women born before and after about 1980.
MEN = ("国建华军明志平强文林海德福玉永春金生庆荣", "伟磊涛浩宇杰鹏超俊辰轩博子昊然泽毅凯帆嘉")
WOMEN = ("秀英兰芳玉桂珍凤梅淑红霞丽华琴娟萍云莲月", "婷静雪欣怡佳雨涵梦瑶琪萱诗颖思悦慧玲妍晨")
FOREIGN = (
    "SMITH JOHN",
    "MUELLER ANNA",
    "TANAKA YUKI",
    "KIM MIN JUN",
    "IVANOVA OLGA",
    "NGUYEN VAN MINH",
    "DUPONT MARIE",
)
FOREIGN_COUNTRIES = ("USA", "DEU", "JPN", "KOR", "RUS", "VNM", "FRA")

CITIES = ("青岛", "济南", "广州", "成都", "武汉", "南京", "杭州", "西安", "长沙", "郑州")
FIRM_WORDS = "华盛宏达瑞丰泰安信诚恒远海天金鼎德润新源联创"
TRADES = ("商贸", "建筑工程", "机械", "电子科技", "食品", "物流", "纺织", "咨询服务", "房地产开发", "医疗器械")

#: Districts of all provinces where citizen numbers were issued. :source: GB/T 2260.
DISTRICTS = (
    "110101", "110105", "110108", "120101", "120104", "130102", "130203", "140105", "150102", "210102",
    "210203", "220102", "230103", "310101", "310104", "310115", "320102", "320106", "320505", "330102",
    "330106", "330203", "340104", "340111", "350102", "350203", "360102", "360111", "370102", "370202",
    "370203", "370602", "410102", "410105", "420106", "420111", "430102", "430103", "440103", "440106",
    "440304", "440305", "450103", "450105", "460105", "500103", "500112", "510104", "510107", "510703",
    "520102", "530102", "530111", "540102", "610103", "610113", "620102", "630102", "640104", "650102",
)  # fmt: skip
