"""The queue functions as Excel 365 formulas: each a LAMBDA that is called where it stands.

They are written in Excel's own words because queueing.py integrates and searches with NumPy, which has no
formula. Tests compare the two faces. Erlang B is POISSON.DIST(n, A, FALSE) / POISSON.DIST(n, A, TRUE); deep
in the tail, where the ratio loses its digits, the recursion B(n) = A B(n-1) / (n + A B(n-1)) takes over: it
forgets its start within 500 steps. Erlang A integrates the virtual wait on 301 points of the tanh-sinh rule,
with the windows and the same partial integration as queueing.py. The search adds powers of two, from large
to small, to a number of agents known to be too few.
"""

from __future__ import annotations

from collections.abc import Callable

from carecost.model.native import Quantity


def in_cells(formula: str) -> Callable[..., Quantity]:
    """Return what ``spelled`` wants: the formula, called with the arguments."""
    text = "".join(line.strip() for line in formula.splitlines())
    return lambda excel, *args: excel(text, *args)


_BLOCKED = """
blocked,LAMBDA(erlangs,servers,
 LET(below,POISSON.DIST(servers,erlangs,TRUE),
  IF(below>1E-06,POISSON.DIST(servers,erlangs,FALSE)/below,
   REDUCE(1,SEQUENCE(MIN(servers,500)+1,1,servers-MIN(servers,500),1),
    LAMBDA(share,count,erlangs*share/(count+erlangs*share)))))),
offered,MAX(load,1E-300)"""

_WAITS = """
share,blocked(offered,staff),
waits,IF(staff>load,staff*share/(staff-offered+offered*share),1)"""

# Of everyone offered: at once, after a wait, and lost, all in one arbitrary unit. Waits are in patiences.
_FLOWS = """
scale,patience_sec/60/aht_min,
inflow,offered*scale,
drain,staff*scale+1,
slack,MAX(0,(staff-offered)*scale+1),
bend,MIN(inflow,drain),
crest,LN(MAX(1,inflow/drain)),
reach,SQRT((slack-19)^2+76*drain)+ABS(slack-19),
last,crest+IF(slack>19,76/reach,reach/drain),
grid,EXP(SEQUENCE(301,1,-150,1)*0.021),
place,1/(1+EXP(1.5/grid-1.5*grid)),
weight,0.0315*(grid+1/grid)*place*(1-place),
density,LAMBDA(wait,EXP(-slack*(wait-crest)-bend*(wait-crest-1+EXP(crest-wait)))),
first,LAMBDA(limit,LET(edge,MIN(crest,limit),
 steep,bend*EXP(crest-edge),
 slope,slack+steep-bend,
 MAX(0,edge-76/(slope+SQRT(slope^2+76*steep))))),
start,first(crest),
wait,start+(last-start)*place,
mass,(last-start)*weight*density(wait),
atonce,EXP(drain*crest-MAX(0,inflow-drain)),
share,blocked(offered,staff-1),
afterwait,inflow*SUM(mass),
lost,share*offered/staff*(atonce+afterwait+inflow*(drain-1)*SUM(mass*(1-EXP(-wait))))/drain,
answered,atonce+share*afterwait"""

_EARLY = """
limit,threshold_sec/patience_sec,
begin,MIN(first(limit),limit),
width,MAX(0,MIN(limit,last)-begin),
early,atonce+share*inflow*width*SUM(weight*density(begin+width*place))"""

_PATIENT_SERVICE = "IF(staff>load,1-waits*EXP(-(staff-load)*threshold_sec/60/aht_min),0)"

SERVICE_LEVEL = in_cells(f"""
LAMBDA(load,staff,aht_min,threshold_sec,patience_sec,LET({_BLOCKED},
 IF(ISNUMBER(patience_sec),
  LET({_FLOWS},{_EARLY},early/(answered+lost)),
  LET({_WAITS},{_PATIENT_SERVICE}))))""")

AVERAGE_WAIT_SEC = in_cells(f"""
LAMBDA(load,staff,aht_min,patience_sec,LET({_BLOCKED},
 IF(ISNUMBER(patience_sec),
  LET({_FLOWS},share*inflow*SUM(mass*wait)/answered*patience_sec),
  LET({_WAITS},waits*60*aht_min/(staff-load)))))""")

ABANDONMENT = in_cells(f"""
LAMBDA(load,staff,aht_min,patience_sec,LET({_BLOCKED},{_FLOWS},lost/(answered+lost)))""")

OCCUPANCY = in_cells(f"""
LAMBDA(load,staff,aht_min,patience_sec,
 IF(ISNUMBER(patience_sec),
  LET({_BLOCKED},{_FLOWS},load*answered/(answered+lost)/staff),
  load/staff))""")

# 8,191 agents above the load are more than any service level asks for.
AGENTS_REQUIRED = in_cells(f"""
LAMBDA(load,aht_min,target,threshold_sec,cap,patience_sec,loss,LET({_BLOCKED},
 IF(ISNUMBER(patience_sec),
  LET(most,INT(LOG(load/cap+40*SQRT(load)+64,2)),
   REDUCE(0,SEQUENCE(most+1,1,most,-1),LAMBDA(few,bit,LET(staff,few+2^bit,{_FLOWS},{_EARLY},
    offers,answered+lost,
    IF(AND(early/offers+1E-12>=target,load*answered/offers/staff<=cap+1E-12,lost/offers<=loss+1E-12),
     few,staff))))),
  REDUCE(MAX(INT(load*(1+1E-09)),-INT(-load/cap*(1-1E-09))-1),SEQUENCE(13,1,12,-1),
   LAMBDA(few,bit,LET(staff,few+2^bit,{_WAITS},IF({_PATIENT_SERVICE}+1E-12>=target,few,staff)))))+1))""")
