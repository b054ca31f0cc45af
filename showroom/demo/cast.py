"""Who and what the demo store knows. All people, numbers and companies are invented."""

STORE = {"code": "demo-east", "name": "城东店", "zone": "Asia/Shanghai", "country": "CN"}
PASSWORD = "showroom-demo"  # of a database that holds invented people only

STAFF = [
    ("li", "李薇", "consultant"),
    ("wang", "王强", "consultant"),
    ("zheng", "郑晓敏", "consultant"),
    ("he", "何静", "consultant"),
    ("chen", "陈刚", "manager"),
    ("qian", "钱慧", "receptionist"),
]

MODELS = [
    ("sylphy", "Sylphy Classic", "轩逸 经典"),
    ("sylphy-epower", "Sylphy e-POWER", "轩逸 e-POWER"),
    ("teana", "Teana 2.0T", "天籁 2.0T"),
    ("qashqai", "Qashqai 1.3T", "逍客 1.3T"),
    ("x-trail", "X-Trail e-POWER", "奇骏 e-POWER"),
    ("n7", "N7 Pro", "N7 Pro"),
    ("pathfinder", "Pathfinder 2.0T", "探陆 2.0T"),
]
BRAND = "Dongfeng Nissan"

SURNAMES = list("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕")
GIVEN = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超",
    "秀英", "霞", "平", "建国", "志强", "晓燕", "海燕", "文博", "子轩", "雨桐", "一鸣", "梓涵", "思远",
    "佳怡", "俊杰",
]  # fmt: skip

NOTES = {
    "looking": ["想先看看二手车价格", "等孩子放假再定", ""],
    "comparing": ["在和帕萨特比后排空间", "觉得油耗更低", "另一家报价便宜两千", ""],
    "coming": ["周末带家人来", "下班后过来试驾", ""],
    "price": ["问落地价和保险", "想再优惠一点", ""],
    "family": ["要和太太商量", "父母出一部分钱", ""],
    "not_now": ["年底再看", "公司最近忙"],
}  # fmt: skip
SAID = {"H": "price", "A": "comparing", "B": "family", "C": "not_now", "": "looking"}  # at leaving, by grade
REASONS = {3: "聊清楚了需求", 4: "看过实车", 5: "当场试驾", 6: "开始谈价格"}
AREAS = [
    ("east", "East district", "城东"),
    ("lake", "Lake district", "湖滨"),
    ("north", "North district", "城北"),
]

DEMO_CARS = [
    ("teana", "鄂A·D1001", "天籁"), ("sylphy-epower", "鄂A·D1002", "轩逸"), ("x-trail", "鄂A·D1003", "奇骏"),
    ("n7", "鄂A·D1004", "N7"),
]  # fmt: skip
AGREEMENT = (
    "I hold a valid driving licence, keep to the agreed route and the rules of the road, and pay for fines "
    "and for damage that I cause. A consultant rides along.",
    "本人持有有效驾驶证，按约定路线行驶，遵守交通规则；因本人原因造成的违章与损失由本人承担。试驾全程有销售顾问陪同。",
)
WORKSHOP = "保养"
BY_EAR = "客户当面说的购车时间"
FOCUS = "只看后排和后备箱"
DRIVER = "客户本人"
BUDGETS = ["12万以内", "15万左右", "18万，可以贷款", "20万以内"]
NEEDS = [
    "上下班代步，看重油耗和安全",
    "一家四口，周末出游，要大空间",
    "换车，要四驱，看重动力",
    "第一辆车，预算有限，要好停车",
]
DROVE = ["加速平顺，后排舒服", "转向轻，视野好", "隔音比现在的车好", "底盘有点硬"]
THANKS = "感谢您今天到店，看车用车有什么想了解的，随时联系我。"
