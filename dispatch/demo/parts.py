"""The demo catalogue: fifty parts for each of six trades, in sizes that stand in for each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from app.kernel.money import Fen
from app.kernel.quantity import Qty
from dispatch.demo.cast import MODELS
from inventory.catalogue.rules import PartData

__all__ = ["FAMILIES", "RARE", "Family", "catalogue", "skill_of_part"]


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of part and its sizes, the smaller first; a larger one may take a smaller one's place."""

    name: str
    name_en: str
    category: str
    sizes: tuple[str, ...]
    cost_yuan: int
    by_serial: bool = False
    criticality: int = 2


def _f(name: str, name_en: str, category: str, sizes: str, cost: int, by_serial: bool = False, rank: int = 2) -> Family:
    return Family(name, name_en, category, tuple(sizes.split()), cost, by_serial, rank)


#: skill → its families, 50 parts each.
FAMILIES: dict[str, tuple[Family, ...]] = {
    "pump": (
        _f("机械密封组件", "Mechanical seal", "密封", "DN50 DN65 DN80 DN100 DN125", 1800, True, 1),
        _f("深沟球轴承", "Ball bearing", "轴承", "6205 6206 6208 6310 6312", 160, rank=1),
        _f("联轴器弹性块", "Coupling element", "传动", "L75 L90 L100 L110 L150", 85),
        _f("叶轮", "Impeller", "水力件", "D180 D200 D250 D320 D360", 2600, True, 1),
        _f("O形圈", "O-ring", "密封", "φ40 φ55 φ80 φ110 φ140", 9, rank=3),
        _f("止回阀芯", "Check valve core", "阀门", "DN50 DN80 DN100 DN150 DN200", 420),
        _f("交流接触器", "Contactor", "电气", "25A 40A 63A 95A 150A", 310, rank=1),
        _f("热继电器", "Overload relay", "电气", "18A 32A 45A 63A 95A", 190),
        _f("压力变送器", "Pressure transmitter", "仪表", "0.6MPa 1MPa 1.6MPa 2.5MPa 4MPa", 680, True),
        _f("电机风叶", "Motor fan", "电机", "132 160 180 200 225", 75, rank=3),
    ),
    "ups": (
        _f("阀控蓄电池", "VRLA battery", "电池", "38Ah 65Ah 100Ah 120Ah 200Ah", 780, rank=1),
        _f("功率模块", "Power module", "模块", "10kVA 20kVA 30kVA 40kVA 50kVA", 9800, True, 1),
        _f("旁路模块", "Bypass module", "模块", "40kVA 60kVA 80kVA 100kVA 120kVA", 6200, True, 1),
        _f("直流电容", "DC capacitor", "电容", "2200μF 3300μF 4700μF 6800μF 10000μF", 260),
        _f("轴流风机", "Axial fan", "风机", "120mm 150mm 172mm 200mm 254mm", 210, rank=1),
        _f("快速熔断器", "Fast fuse", "电气", "63A 100A 160A 250A 400A", 95),
        _f("监控板", "Monitor board", "板卡", "V2 V3 V4 V5 V6", 2400, True),
        _f("并机线", "Parallel cable", "线缆", "1m 3m 5m 10m 15m", 180, rank=3),
        _f("防尘滤网", "Dust filter", "耗材", "S M L XL XXL", 35, rank=3),
        _f("输入断路器", "Input breaker", "电气", "63A 100A 160A 250A 400A", 560),
    ),
    "cooling": (
        _f("涡旋压缩机", "Scroll compressor", "制冷", "5HP 7HP 10HP 12HP 15HP", 7400, True, 1),
        _f("EC风机", "EC fan", "风机", "355 400 450 500 560", 3200, True, 1),
        _f("电子膨胀阀", "Expansion valve", "阀门", "3RT 5RT 8RT 12RT 18RT", 980, rank=1),
        _f("加湿罐", "Humidifier bottle", "耗材", "3kg 5kg 8kg 10kg 15kg", 640),
        _f("制冷剂R410A", "Refrigerant R410A", "耗材", "5kg 10kg 11kg 13kg 25kg", 420),
        _f("干燥过滤器", "Filter drier", "耗材", "083 163 164 165 305", 110),
        _f("温湿度传感器", "T/RH sensor", "仪表", "A1 A2 B1 B2 C1", 290),
        _f("空气滤网", "Air filter", "耗材", "G3 G4 F5 F6 F7", 55, rank=3),
        _f("高压开关", "Pressure switch", "电气", "26bar 28bar 36bar 40bar 42bar", 150),
        _f("空调控制板", "Cooler controller", "板卡", "pCO3 pCO5 pCO5+ pCO6 pCO7", 3600, True),
    ),
    "storage": (
        _f("企业级硬盘", "Enterprise disk", "磁盘", "4TB 6TB 8TB 12TB 16TB", 1900, True, 1),
        _f("固态硬盘", "SSD", "磁盘", "480GB 960GB 1.92TB 3.84TB 7.68TB", 3100, True, 1),
        _f("阵列控制器", "Array controller", "板卡", "C1 C2 C3 C4 C5", 21000, True, 1),
        _f("电源模块", "Power supply", "电源", "550W 750W 1100W 1600W 2000W", 1300, True),
        _f("内存条", "Memory module", "内存", "16GB 32GB 64GB 128GB 256GB", 1500),
        _f("缓存电池", "Cache battery", "电池", "B1 B2 B3 B4 B5", 620, rank=1),
        _f("光模块", "Optical module", "网络", "1G 10G 25G 40G 100G", 480),
        _f("系统风扇", "System fan", "风机", "1U 2U 3U 4U 5U", 260),
        _f("HBA卡", "HBA card", "板卡", "8G 16G 32G 64G 128G", 2800, True),
        _f("光纤跳线", "Fibre patch cord", "线缆", "1m 3m 5m 10m 20m", 45, rank=3),
    ),
    "control": (
        _f("CPU模块", "CPU module", "模块", "312 314 315 317 319", 5200, True, 1),
        _f("开关量模块", "Digital I/O module", "模块", "8DI 16DI 32DI 16DO 32DO", 1100, rank=1),
        _f("模拟量模块", "Analogue module", "模块", "2AI 4AI 8AI 12AI 16AI", 1700, True),
        _f("通信模块", "Communication module", "模块", "2G 3G 4G 4G+ 5G", 960, rank=1),
        _f("触摸屏", "Touch panel", "人机界面", "5寸 7寸 10寸 12寸 15寸", 2300, True),
        _f("中间继电器", "Relay", "电气", "5A 8A 10A 12A 16A", 38, rank=3),
        _f("开关电源", "Power supply 24V", "电源", "2A 5A 10A 20A 40A", 240),
        _f("浪涌保护器", "Surge protector", "电气", "20kA 40kA 60kA 80kA 100kA", 320),
        _f("液位计", "Level gauge", "仪表", "5m 10m 15m 20m 30m", 1400, True),
        _f("太阳能电池", "Solar battery", "电池", "12Ah 24Ah 38Ah 65Ah 100Ah", 350),
    ),
    "medical": (
        _f("流量传感器", "Flow sensor", "传感器", "S1 S2 S3 S4 S5", 1600, rank=1),
        _f("氧电池", "Oxygen cell", "传感器", "O1 O2 O3 O4 O5", 880, rank=1),
        _f("涡轮组件", "Turbine unit", "机芯", "T1 T2 T3 T4 T5", 12800, True, 1),
        _f("主控板", "Main board", "板卡", "M1 M2 M3 M4 M5", 9600, True, 1),
        _f("锂电池组", "Li-ion pack", "电池", "2.2Ah 4.4Ah 6.6Ah 8.8Ah 9.9Ah", 1200),
        _f("呼气阀膜片", "Exhalation diaphragm", "耗材", "E1 E2 E3 E4 E5", 65, rank=3),
        _f("蒸发罐密封件", "Vaporizer seal", "密封", "V1 V2 V3 V4 V5", 140),
        _f("减压阀", "Regulator", "阀门", "0.3 0.4 0.5 0.6 0.8", 760),
        _f("显示屏组件", "Display unit", "人机界面", "8寸 10寸 12寸 13寸 15寸", 2900, True),
        _f("细菌过滤器", "Bacteria filter", "耗材", "F1 F2 F3 F4 F5", 28, rank=3),
    ),
}  # fmt: skip

_SUPPLIERS = ("华北机电", "北方电源", "远大制冷", "同方存储", "中控自动化", "京医器械")
#: How many parts of each trade have left the market.
RARE = 3


def catalogue(random: Random, *, families: int = 10) -> tuple[PartData, ...]:
    """Every part, numbered by trade and family; `families` of each trade."""
    rows: list[PartData] = []
    for trade, (skill, known) in enumerate(FAMILIES.items(), start=1):
        models = [model.code for model in MODELS if model.skill == skill]
        for number, family in enumerate(known[:families], start=1):
            rows += _sizes(family, f"{trade}{number:02d}", models, _SUPPLIERS[trade - 1], random)
    return tuple(rows)


def _sizes(family: Family, prefix: str, models: list[str], supplier: str, random: Random) -> Iterator[PartData]:
    for place, size in enumerate(family.sizes):
        cost = Fen(round(family.cost_yuan * 100 * (1 + 0.35 * place)))
        larger = f"{prefix}{place + 2:03d}" if place + 1 < len(family.sizes) else ""
        minimum = {1: 4, 2: 2, 3: 0}[family.criticality]
        yield PartData(
            part_no=f"{prefix}{place + 1:03d}", name=f"{family.name} {size}", name_en=f"{family.name_en} {size}",
            category=family.category, serial_tracked=family.by_serial, returnable=family.by_serial, cost_fen=cost,
            price_fen=Fen(cost * random.randint(135, 180) // 100), supplier=supplier, lead_days=random.choice((3, 7, 14, 30)),
            minimum=Qty(minimum), maximum=Qty(minimum * 4 + 6), criticality=family.criticality,
            models=tuple(models) if place % 2 else (models[place // 2 % len(models)],),
            substitutes=(larger,) if larger and place % 2 == 0 else (),
        )  # fmt: skip


def skill_of_part(part_no: str) -> str:
    """The trade a part belongs to, by the first digit of its number."""
    return list(FAMILIES)[int(part_no[0]) - 1]
