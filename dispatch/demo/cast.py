"""Who the demo company serves and what stands there: names and kinds, pure data."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ENGINEER_NAMES", "GIVEN", "KINDS", "MODELS", "SKILLS", "STREETS", "SURNAMES", "SYMPTOMS", "Kind", "Model"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of customer: how many, what they are called, which places and models they have, which policy they buy."""

    code: str
    count: int
    names: tuple[str, ...]
    places: tuple[str, ...]
    skills: tuple[str, ...]
    policy: str
    titles: tuple[str, ...] = ("设备科主任", "运维主管", "值班长")
    access: str = ""


#: 62 customers.
KINDS = (
    Kind("hospital", 14, ("人民医院", "中心医院", "中医医院", "妇幼保健院", "儿童医院", "第二医院"),
         ("门诊楼B1机房", "住院部手术层", "急诊楼配电间", "医技楼影像机房", "能源中心", "ICU病区"),
         ("medical", "pump", "ups", "cooling", "medical"), "4-hour"),
    Kind("water", 9, ("自来水公司", "供水厂", "污水处理厂", "水务集团"),
         ("取水泵房", "二级泵站", "加压站", "调度中心", "配水井"), ("pump", "control", "pump", "ups"), "12-hour"),
    Kind("datacentre", 8, ("云计算中心", "数据中心", "通信枢纽", "灾备中心"),
         ("一层电力室", "二层冷站", "A模块机房", "B模块机房", "柴发楼"), ("ups", "cooling", "storage"), "4-hour"),
    Kind("school", 8, ("第一中学", "职业技术学院", "师范学院", "实验小学"),
         ("信息中心", "图书馆机房", "教学楼配电间", "锅炉房"), ("storage", "ups", "pump"), "basic", access="weekdays"),
    Kind("archive", 5, ("档案馆", "图书馆", "博物馆"),
         ("恒湿库房", "核心机房", "消防泵房"), ("storage", "cooling"), "basic", access="office"),
    Kind("factory", 10, ("制药厂", "汽车零部件公司", "食品公司", "纺织厂", "化工厂"),
         ("动力车间", "冷却水站", "总装控制室", "质检实验室", "空压站"), ("pump", "control", "cooling", "control"), "12-hour"),
    Kind("heating", 5, ("热力公司", "燃气公司"),
         ("换热站", "调压站", "集控室"), ("pump", "control"), "12-hour"),
    Kind("office", 3, ("应急指挥中心", "政务服务中心"), ("指挥大厅", "核心机房", "备份机房"), ("storage", "ups"), "4-hour"),
)  # fmt: skip

#: code, Chinese, English.
SKILLS = (
    ("pump", "水泵机组", "Pump sets"),
    ("ups", "不间断电源", "UPS systems"),
    ("cooling", "精密制冷", "Precision cooling"),
    ("storage", "存储与服务器", "Storage and servers"),
    ("control", "自控与遥测", "Control and telemetry"),
    ("medical", "医用设备", "Medical devices"),
)


@dataclass(frozen=True, slots=True)
class Model:
    """A model of asset: what it is called, which skill and level work on it takes, and what one costs."""

    code: str
    name: str
    skill: str
    level: int
    minutes: int
    value_yuan: int
    firmware: str = ""


MODELS = (
    Model("CP-200", "循环泵", "pump", 1, 90, 86_000),
    Model("CP-320", "供水泵组", "pump", 2, 120, 240_000, "2.4"),
    Model("UPS-40K", "不间断电源40kVA", "ups", 1, 75, 180_000, "5.1"),
    Model("UPS-120K", "不间断电源120kVA", "ups", 2, 120, 460_000, "5.3"),
    Model("PAC-35", "机房精密空调", "cooling", 1, 90, 128_000, "3.0"),
    Model("CHL-90", "冷水机组", "cooling", 2, 150, 620_000, "1.9"),
    Model("ST-5200", "磁盘阵列", "storage", 2, 90, 380_000, "8.2"),
    Model("SV-740", "机架服务器", "storage", 1, 60, 78_000, "2.11"),
    Model("RTU-16", "遥测终端", "control", 1, 60, 32_000, "4.7"),
    Model("PLC-300", "控制柜", "control", 2, 105, 145_000, "3.3"),
    Model("VT-60", "呼吸机", "medical", 2, 60, 210_000, "6.0"),
    Model("ANE-7", "麻醉机", "medical", 2, 75, 330_000, "4.4"),
)

SYMPTOMS = {
    "pump": ("泵停机,控制柜报过载", "轴承异响,振动偏大", "机械密封漏水", "出口压力上不去", "启动后跳闸"),
    "ups": ("市电正常但转旁路", "电池后备时间不足", "风扇告警,机内温度高", "逆变器故障灯亮", "并机通信中断"),
    "cooling": ("机房温度持续上升", "压缩机高压报警", "加湿罐不出雾", "冷凝水外溢", "风机不转"),
    "storage": ("硬盘掉线,阵列降级", "控制器切换后性能下降", "电源模块亮红灯", "业务系统无法访问存储", "缓存电池告警"),
    "control": ("遥测数据中断", "阀门不受控", "模拟量跳变", "触摸屏黑屏", "通信模块离线"),
    "medical": ("开机自检不通过", "流量传感器报警", "潮气量偏差大", "电池不充电", "氧浓度读数异常"),
}

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉梅鹏飞宇欣怡晨昊然志远海波建国文斌立新晓东春红庆生"
STREETS = ("人民路", "建设大街", "中山路", "解放路", "和平街", "新华路", "光明大街", "育才路", "滨河路", "工业大道")

#: Chinese, English: 24 engineers, six to a territory.
ENGINEER_NAMES = (
    ("李建国", "Li Jianguo"), ("王海波", "Wang Haibo"), ("赵立新", "Zhao Lixin"), ("孙晓东", "Sun Xiaodong"),
    ("周志远", "Zhou Zhiyuan"), ("吴鹏飞", "Wu Pengfei"), ("郑伟", "Zheng Wei"), ("冯磊", "Feng Lei"),
    ("陈明华", "Chen Minghua"), ("褚文斌", "Chu Wenbin"), ("卫庆生", "Wei Qingsheng"), ("蒋宇", "Jiang Yu"),
    ("沈昊然", "Shen Haoran"), ("韩涛", "Han Tao"), ("杨春红", "Yang Chunhong"), ("朱勇", "Zhu Yong"),
    ("秦敏", "Qin Min"), ("许晨", "Xu Chen"), ("何静", "He Jing"), ("吕超", "Lü Chao"),
    ("张欣怡", "Zhang Xinyi"), ("曹平", "Cao Ping"), ("袁刚", "Yuan Gang"), ("董洋", "Dong Yang"),
)  # fmt: skip
