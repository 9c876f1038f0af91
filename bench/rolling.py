"""The rolling day"""
from __future__ import annotations
import sys, time
from bench.engine.fs import fsbench, judge, problem_of
from bench.simulator.day import Day, standing, agenda_of
from bench.simulator.human import Append
from bench.simulator.judge import as_driven, outcome
from bench.simulator.noise import CALM, Noise
from bench.simulator.policies import insertion
EPOCH_S=600

def play(day, policy, epoch=EPOCH_S):
    now=day.whole.now_s; agenda={}; moved=planned=0; n=0
    while now < day.over_s:
        before={s.ref:who for who,stops in agenda.items() for s in stops if s.ref}
        agenda=policy(day,now,agenda)
        after={s.ref:who for who,stops in agenda.items() for s in stops if s.ref}
        planned+=len(before); moved+=sum(1 for r,w in before.items() if r in after and after[r]!=w)
        n+=1
        agenda=day.advance(now, now+epoch, agenda)
        now+=epoch
    return moved, planned, n

if __name__=="__main__":
    for n in (200,260):
        for seed in (1,2,3):
            data=fsbench("generate").gen(n,25,seed,mode="day")
            whole=problem_of(data)
            for name,pol in (("human",Append(data)),("insertion",insertion)):
                for noise in (CALM, Noise(seed)):
                    t=time.time()
                    day=Day(whole,noise); m=play(day,pol)
                    o=outcome(day,data)
                    v=judge(data,as_driven(day)) if noise.calm else None
                    print(n,seed,name,noise.calm,o,m,v and (v.feasible,v.errors[:3],v.cents,v.on_time_4h,v.on_time_12h,v.left_out),round(time.time()-t,1),flush=True)
