Option Explicit

' The functions of carecost in Excel. Written by `carecost excel build`: changes here are lost.
'
' Each function hands its arguments to Python as Excel has them, and gives back what Python answers. All
' checking is done there. An error arrives as one text, its code and its message: "#NUM! CARE_FTE: ...".
' The code becomes a real error in the cell; the message waits for the button "Why?".

Private Const PYTHON_MODULE As String = "carecost.udf"
Private Const MOST_MESSAGES As Long = 1000
Private Const INCOMING As String = "an argument is an error already"

Private python As Object          ' xlwings in Python, once it runs
Private startLine As String       ' how it was started, to stop that very one
Private broken As String          ' why it could not be started
Private messages As Collection    ' such texts by cell, the oldest first

' ---- the buttons of the ribbon; also macros, with Alt+F8 ----

Public Sub CareWhy()
    ' What carecost said of the error in the active cell.
    Dim text As String
    If ActiveCell Is Nothing Then Exit Sub
    text = CareKept(CareKey(ActiveCell, 0, 0))
    If Not IsError(ActiveCell.Value) Then
        text = "This cell shows no error."
    ElseIf text = "" Then
        text = "There is no message for this cell. Press F2 and Enter in it, then Why? again."
    ElseIf CStr(CVErr(CareErrorNumber(CareCode(text)))) <> CStr(ActiveCell.Value) Then
        text = "This error is not from a CARE function."
    End If
    MsgBox text, vbInformation, "carecost"
End Sub

Public Sub CarePopulate()
    ' Run the plan of the active workbook and fill its sheets.
    On Error GoTo refused
    CareOwnSettings True
    On Error GoTo 0
    RunPython "import carecost.udf; carecost.udf.populate()"
    Exit Sub
refused:
    MsgBox Err.Description, vbExclamation, "carecost"
End Sub

Public Sub CareRestart()
    ' Stop Python; the next function starts it anew, with the code and the rates that are there then.
    Dim unused As Variant
    On Error GoTo refused
    CareOwnSettings False
    On Error Resume Next
    Set python = Nothing
    broken = ""
    If startLine <> "" Then XLPyDLLActivateAuto unused, startLine, -1
    startLine = ""
    KillPy
    On Error GoTo 0
    MsgBox "Python was stopped. It starts again with the next calculation: Ctrl+Alt+F9 calculates everything.", vbInformation, "carecost"
    Exit Sub
refused:
    MsgBox Err.Description, vbExclamation, "carecost"
End Sub

Public Sub CareWhyButton(control As IRibbonControl)
    CareWhy
End Sub

Public Sub CarePopulateButton(control As IRibbonControl)
    CarePopulate
End Sub

Public Sub CareRestartButton(control As IRibbonControl)
    CareRestart
End Sub

' ---- calling Python ----

Private Function CareCall(called As String, given As Variant) As Variant
    Dim triedAgain As Boolean
    On Error GoTo failed
    ' No workbook goes along: xlwings would import Python code from sheets of the active one, before carecost.
callPython:
    CareCall = CareOut(CarePython.CallUDF(PYTHON_MODULE, called, given, Nothing, Application.Caller))
    Exit Function
failed:
    If broken = "" And Not triedAgain Then
        triedAgain = True
        Set python = Nothing      ' it may have been stopped: start it once more
        Resume callPython
    End If
    CareRemember 0, 0, "#VALUE! " & Err.Description
    CareCall = CVErr(xlErrValue)
End Function

Private Function CarePython() As Object
    ' Python, started at the first call and kept: xlwings alone would read all its settings for every cell,
    ' and start one more Python for every workbook that is active meanwhile. After a failed start nothing is
    ' tried until "Restart Python": each try can take two minutes.
    Dim why As String
    If python Is Nothing Then
        If broken <> "" Then Err.Raise 1000, "carecost", broken
        CareOwnSettings False
        On Error GoTo failed
        startLine = XLPyCommand
        Set python = XLPy
    End If
    Set CarePython = python
    Exit Function
failed:
    why = "Python did not start: " & Err.Description & " In a terminal, run: carecost excel doctor. Then press Restart Python."
    ' While Excel is opening no workbook may be active yet, which xlwings needs: that passes.
    If Not ActiveWorkbook Is Nothing Then broken = why
    Err.Raise 1000, "carecost", why
End Function

Private Sub CareOwnSettings(scripts As Boolean)
    ' In an add-in xlwings reads its settings, the program to start among them, from a sheet of the active
    ' workbook before the add-in's own, and a script would import the Python code in sheets of the workbook. What
    ' runs here is not for a workbook to choose.
    Dim found As String
    If Not ThisWorkbook.IsAddin Or ActiveWorkbook Is Nothing Then Exit Sub
    found = CareForeign(ActiveWorkbook, scripts)
    If found <> "" Then Err.Raise 1001, "carecost", "The sheet " & found & " of " & ActiveWorkbook.Name & " would choose which Python runs. Make another workbook active, or remove that sheet, then calculate again."
End Sub

Private Function CareForeign(book As Object, scripts As Boolean) As String
    ' The sheet of a workbook that xlwings would take settings, or a script's code, from.
    Dim sheet As Object
    For Each sheet In book.Worksheets
        If LCase$(sheet.Name) = PROJECT_NAME & ".conf" Or (scripts And Right$(LCase$(sheet.Name), 3) = ".py") Then CareForeign = sheet.Name
    Next sheet
End Function

Private Function CareIn(Optional given As Variant) As Variant
    ' One argument: of a range its values, anything else as it is. An omitted one is Empty, as a blank cell:
    ' both mean the default.
    If IsMissing(given) Then
        CareIn = Empty
    ElseIf IsObject(given) Then
        CareIn = CareValues(given)
    Else
        CareIn = given
    End If
End Function

Private Function CareValues(ByVal cells As Object) As Variant
    ' Value2, so that currencies keep all decimals. Of several areas at once it would silently give the first.
    If cells.Areas.Count > 1 Then
        CareValues = CVErr(xlErrValue)
    Else
        CareValues = cells.Value2
    End If
End Function

Private Function CareOut(answer As Variant) As Variant
    ' What a cell or a block of cells shows. A single row arrives as a list, all else as a table.
    Dim i As Long, j As Long
    If Not IsArray(answer) Then
        CareOut = CareCell(answer, 0, 0)
        Exit Function
    End If
    If CareIsTable(answer) Then
        For i = LBound(answer, 1) To UBound(answer, 1)
            For j = LBound(answer, 2) To UBound(answer, 2)
                answer(i, j) = CareCell(answer(i, j), i - LBound(answer, 1), j - LBound(answer, 2))
            Next j
        Next i
    Else
        For j = LBound(answer) To UBound(answer)
            answer(j) = CareCell(answer(j), 0, j - LBound(answer))
        Next j
    End If
    CareOut = answer
End Function

Private Function CareIsTable(answer As Variant) As Boolean
    Dim last As Long
    On Error Resume Next
    last = UBound(answer, 2)
    CareIsTable = (Err.Number = 0)
End Function

Private Function CareCell(shown As Variant, down As Long, across As Long) As Variant
    ' One cell of an answer: "#NUM! why" becomes a real #NUM!, and the text is remembered.
    CareCell = shown
    If VarType(shown) <> vbString Then Exit Function
    If CareErrorNumber(CareCode(CStr(shown))) = 0 Then Exit Function
    CareRemember down, across, CStr(shown)
    CareCell = CVErr(CareErrorNumber(CareCode(CStr(shown))))
End Function

Private Function CareCode(text As String) As String
    ' What stands before the first blank: of an error, its code.
    CareCode = Left$(text, InStr(text & " ", " ") - 1)
End Function

' ---- the messages ----

Private Sub CareRemember(down As Long, across As Long, text As String)
    If TypeName(Application.Caller) = "Range" Then
        CareKeep CareKey(Application.Caller, down, across), text
    End If
End Sub

Private Sub CareKeep(key As String, text As String)
    Dim before As String
    If messages Is Nothing Then Set messages = New Collection
    before = CareKept(key)
    If before <> "" Then
        ' A function around another in one cell only passes on the error: the message of the inner one helps.
        If CareCode(before) = CareCode(text) And Right$(text, Len(INCOMING)) = INCOMING Then Exit Sub
        messages.Remove key
    End If
    messages.Add text, key
    If messages.Count > MOST_MESSAGES Then messages.Remove 1
End Sub

Private Function CareKept(key As String) As String
    ' The text kept for a cell, if there is one.
    On Error GoTo missing
    CareKept = messages.Item(key)
missing:
End Function

Private Function CareKey(ByVal cell As Range, down As Long, across As Long) As String
    ' The cell so far down and across from the first of a range.
    CareKey = cell.Worksheet.Parent.Name & "!" & cell.Worksheet.Name & "!" & (cell.Row + down) & "," & (cell.Column + across)
End Function

Private Function CareErrorNumber(code As String) As Long
    ' Excel's number of an error, 0 for any other text.
    Select Case code
        Case "#NULL!": CareErrorNumber = 2000
        Case "#DIV/0!": CareErrorNumber = 2007
        Case "#VALUE!": CareErrorNumber = 2015
        Case "#REF!": CareErrorNumber = 2023
        Case "#NAME?": CareErrorNumber = 2029
        Case "#NUM!": CareErrorNumber = 2036
        Case "#N/A": CareErrorNumber = 2042
        Case "#GETTING_DATA": CareErrorNumber = 2043
        Case "#SPILL!": CareErrorNumber = 2045
        Case "#CONNECT!": CareErrorNumber = 2046
        Case "#BLOCKED!": CareErrorNumber = 2047
        Case "#UNKNOWN!": CareErrorNumber = 2048
        Case "#FIELD!": CareErrorNumber = 2049
        Case "#CALC!": CareErrorNumber = 2050
    End Select
End Function

Public Function CARE_FTE_COST(market, Optional salary, Optional burden, Optional tools_month, _
        Optional facilities_month, Optional mgmt_overhead, Optional attrition, Optional cost_per_hire, _
        Optional period, Optional level)
    CARE_FTE_COST = CareCall("CARE_FTE_COST", _
        Array(CareIn(market), CareIn(salary), CareIn(burden), CareIn(tools_month), CareIn(facilities_month), _
        CareIn(mgmt_overhead), CareIn(attrition), CareIn(cost_per_hire), CareIn(period), CareIn(level)))
End Function

Public Function CARE_FTE_BREAKDOWN(market, Optional salary, Optional burden, Optional tools_month, _
        Optional facilities_month, Optional mgmt_overhead, Optional attrition, Optional cost_per_hire)
    CARE_FTE_BREAKDOWN = CareCall("CARE_FTE_BREAKDOWN", _
        Array(CareIn(market), CareIn(salary), CareIn(burden), CareIn(tools_month), CareIn(facilities_month), _
        CareIn(mgmt_overhead), CareIn(attrition), CareIn(cost_per_hire)))
End Function

Public Function CARE_HIRE_COST(training_hours, hour_cost, Optional recruiting, Optional trainer_cost, _
        Optional enablement, Optional training_attrition, Optional ramp, Optional hours_week)
    CARE_HIRE_COST = CareCall("CARE_HIRE_COST", _
        Array(CareIn(training_hours), CareIn(hour_cost), CareIn(recruiting), CareIn(trainer_cost), _
        CareIn(enablement), CareIn(training_attrition), CareIn(ramp), CareIn(hours_week)))
End Function

Public Function CARE_HOUR_COST(annual_cost, Optional shrinkage, Optional occupancy, Optional basis, _
        Optional hours_year)
    CARE_HOUR_COST = CareCall("CARE_HOUR_COST", _
        Array(CareIn(annual_cost), CareIn(shrinkage), CareIn(occupancy), CareIn(basis), CareIn(hours_year)))
End Function

Public Function CARE_CONTACT_COST(annual_cost, aht_min, Optional shrinkage, Optional occupancy, _
        Optional concurrency, Optional extra, Optional hours_year)
    CARE_CONTACT_COST = CareCall("CARE_CONTACT_COST", _
        Array(CareIn(annual_cost), CareIn(aht_min), CareIn(shrinkage), CareIn(occupancy), _
        CareIn(concurrency), CareIn(extra), CareIn(hours_year)))
End Function

Public Function CARE_RESOLVED_COST(cost_per_contact, fcr, Optional csat, Optional csat_ref)
    CARE_RESOLVED_COST = CareCall("CARE_RESOLVED_COST", _
        Array(CareIn(cost_per_contact), CareIn(fcr), CareIn(csat), CareIn(csat_ref)))
End Function

Public Function CARE_INDEX(amount, annual_rate, month, Optional fx, Optional mode)
    CARE_INDEX = CareCall("CARE_INDEX", _
        Array(CareIn(amount), CareIn(annual_rate), CareIn(month), CareIn(fx), CareIn(mode)))
End Function

Public Function CARE_WORKLOAD(contacts, aht_min, Optional concurrency)
    CARE_WORKLOAD = CareCall("CARE_WORKLOAD", _
        Array(CareIn(contacts), CareIn(aht_min), CareIn(concurrency)))
End Function

Public Function CARE_FTE(workload_hours, Optional shrinkage, Optional occupancy, Optional hours_month)
    CARE_FTE = CareCall("CARE_FTE", _
        Array(CareIn(workload_hours), CareIn(shrinkage), CareIn(occupancy), CareIn(hours_month)))
End Function

Public Function CARE_SHRINKAGE(components, Optional method)
    CARE_SHRINKAGE = CareCall("CARE_SHRINKAGE", _
        Array(CareIn(components), CareIn(method)))
End Function

Public Function CARE_COVERAGE(Optional seats, Optional hours_week, Optional shrinkage, _
        Optional paid_hours_week)
    CARE_COVERAGE = CareCall("CARE_COVERAGE", _
        Array(CareIn(seats), CareIn(hours_week), CareIn(shrinkage), CareIn(paid_hours_week)))
End Function

Public Function CARE_AGENTS(contacts, aht_min, Optional sl, Optional threshold_sec, Optional interval_min, _
        Optional max_occ, Optional patience_sec, Optional max_abandon)
    CARE_AGENTS = CareCall("CARE_AGENTS", _
        Array(CareIn(contacts), CareIn(aht_min), CareIn(sl), CareIn(threshold_sec), CareIn(interval_min), _
        CareIn(max_occ), CareIn(patience_sec), CareIn(max_abandon)))
End Function

Public Function CARE_SL(contacts, aht_min, agents, Optional threshold_sec, Optional interval_min, _
        Optional patience_sec)
    CARE_SL = CareCall("CARE_SL", _
        Array(CareIn(contacts), CareIn(aht_min), CareIn(agents), CareIn(threshold_sec), CareIn(interval_min), _
        CareIn(patience_sec)))
End Function

Public Function CARE_ASA(contacts, aht_min, agents, Optional interval_min, Optional patience_sec)
    CARE_ASA = CareCall("CARE_ASA", _
        Array(CareIn(contacts), CareIn(aht_min), CareIn(agents), CareIn(interval_min), CareIn(patience_sec)))
End Function

Public Function CARE_ABANDON(contacts, aht_min, agents, patience_sec, Optional interval_min)
    CARE_ABANDON = CareCall("CARE_ABANDON", _
        Array(CareIn(contacts), CareIn(aht_min), CareIn(agents), CareIn(patience_sec), CareIn(interval_min)))
End Function

Public Function CARE_OCCUPANCY(contacts, aht_min, agents, Optional interval_min, Optional patience_sec)
    CARE_OCCUPANCY = CareCall("CARE_OCCUPANCY", _
        Array(CareIn(contacts), CareIn(aht_min), CareIn(agents), CareIn(interval_min), CareIn(patience_sec)))
End Function

Public Function CARE_CHAT_AGENTS(chats, session_min, Optional concurrency, Optional sl, _
        Optional threshold_sec, Optional interval_min, Optional slowdown)
    CARE_CHAT_AGENTS = CareCall("CARE_CHAT_AGENTS", _
        Array(CareIn(chats), CareIn(session_min), CareIn(concurrency), CareIn(sl), CareIn(threshold_sec), _
        CareIn(interval_min), CareIn(slowdown)))
End Function

Public Function CARE_BACKLOG_AGENTS(inflow_day, aht_min, Optional backlog, Optional clear_days, _
        Optional hours_day, Optional shrinkage, Optional occupancy)
    CARE_BACKLOG_AGENTS = CareCall("CARE_BACKLOG_AGENTS", _
        Array(CareIn(inflow_day), CareIn(aht_min), CareIn(backlog), CareIn(clear_days), CareIn(hours_day), _
        CareIn(shrinkage), CareIn(occupancy)))
End Function

Public Function CARE_TIERED(quantity, tier_from, price, Optional mode)
    CARE_TIERED = CareCall("CARE_TIERED", _
        Array(CareIn(quantity), CareIn(tier_from), CareIn(price), CareIn(mode)))
End Function

Public Function CARE_LICENSE_COST(agents, price_month, Optional months, Optional reserve, Optional min_seats, _
        Optional reserve_mode)
    CARE_LICENSE_COST = CareCall("CARE_LICENSE_COST", _
        Array(CareIn(agents), CareIn(price_month), CareIn(months), CareIn(reserve), CareIn(min_seats), _
        CareIn(reserve_mode)))
End Function

Public Function CARE_TELEPHONY_COST(contacts, talk_min, rate_min, Optional queue_min, Optional ivr_min, _
        Optional agents, Optional agent_month)
    CARE_TELEPHONY_COST = CareCall("CARE_TELEPHONY_COST", _
        Array(CareIn(contacts), CareIn(talk_min), CareIn(rate_min), CareIn(queue_min), CareIn(ivr_min), _
        CareIn(agents), CareIn(agent_month)))
End Function

Public Function CARE_STORAGE_COST(minutes_month, gb_month_price, Optional retention_months, Optional month, _
        Optional mb_per_min)
    CARE_STORAGE_COST = CareCall("CARE_STORAGE_COST", _
        Array(CareIn(minutes_month), CareIn(gb_month_price), CareIn(retention_months), CareIn(month), _
        CareIn(mb_per_min)))
End Function

Public Function CARE_SMS_COST(messages, rate, Optional characters, Optional unicode)
    CARE_SMS_COST = CareCall("CARE_SMS_COST", _
        Array(CareIn(messages), CareIn(rate), CareIn(characters), CareIn(unicode)))
End Function

Public Function CARE_AI_COST(contacts, rate, Optional share, Optional replies)
    CARE_AI_COST = CareCall("CARE_AI_COST", _
        Array(CareIn(contacts), CareIn(rate), CareIn(share), CareIn(replies)))
End Function

Public Function CARE_BPO_SEAT_COST(market, Optional seats, Optional seat_month, Optional minimum, _
        Optional premium, Optional credit, Optional level)
    CARE_BPO_SEAT_COST = CareCall("CARE_BPO_SEAT_COST", _
        Array(CareIn(market), CareIn(seats), CareIn(seat_month), CareIn(minimum), CareIn(premium), _
        CareIn(credit), CareIn(level)))
End Function

Public Function CARE_BPO_BILL(units, rate, Optional minimum, Optional premium, Optional credit, _
        Optional fixed)
    CARE_BPO_BILL = CareCall("CARE_BPO_BILL", _
        Array(CareIn(units), CareIn(rate), CareIn(minimum), CareIn(premium), CareIn(credit), CareIn(fixed)))
End Function

Public Function CARE_BPO_HOUR(rate, model, Optional shrinkage, Optional occupancy, Optional aht_min, _
        Optional fcr, Optional hours_month, Optional concurrency)
    CARE_BPO_HOUR = CareCall("CARE_BPO_HOUR", _
        Array(CareIn(rate), CareIn(model), CareIn(shrinkage), CareIn(occupancy), CareIn(aht_min), _
        CareIn(fcr), CareIn(hours_month), CareIn(concurrency)))
End Function

Public Function CARE_BPO_TCO(monthly_fee, Optional term, Optional setup, Optional ramp, Optional credit, _
        Optional indexation, Optional client_cost, Optional exit_cost, Optional discount)
    CARE_BPO_TCO = CareCall("CARE_BPO_TCO", _
        Array(CareIn(monthly_fee), CareIn(term), CareIn(setup), CareIn(ramp), CareIn(credit), _
        CareIn(indexation), CareIn(client_cost), CareIn(exit_cost), CareIn(discount)))
End Function

Public Function CARE_SERVICE_CREDIT(fees, attained, target, Optional credit, Optional consecutive, _
        Optional cap)
    CARE_SERVICE_CREDIT = CareCall("CARE_SERVICE_CREDIT", _
        Array(CareIn(fees), CareIn(attained), CareIn(target), CareIn(credit), CareIn(consecutive), _
        CareIn(cap)))
End Function

Public Function CARE_SCORECARD(table, weights, direction)
    CARE_SCORECARD = CareCall("CARE_SCORECARD", _
        Array(CareIn(table), CareIn(weights), CareIn(direction)))
End Function

Public Function CARE_DEFLECTION(contacts, cost_contact, Optional success, Optional run_cost, _
        Optional leakage, Optional cashable)
    CARE_DEFLECTION = CareCall("CARE_DEFLECTION", _
        Array(CareIn(contacts), CareIn(cost_contact), CareIn(success), CareIn(run_cost), CareIn(leakage), _
        CareIn(cashable)))
End Function

Public Function CARE_DEFLECTION_ROI(contacts, cost_contact, Optional success, Optional run_cost, _
        Optional leakage, Optional cashable, Optional one_off, Optional months)
    CARE_DEFLECTION_ROI = CareCall("CARE_DEFLECTION_ROI", _
        Array(CareIn(contacts), CareIn(cost_contact), CareIn(success), CareIn(run_cost), CareIn(leakage), _
        CareIn(cashable), CareIn(one_off), CareIn(months)))
End Function

Public Function CARE_DEFLECTION_BREAKEVEN(contacts, cost_contact, run_cost, Optional leakage, _
        Optional cashable)
    CARE_DEFLECTION_BREAKEVEN = CareCall("CARE_DEFLECTION_BREAKEVEN", _
        Array(CareIn(contacts), CareIn(cost_contact), CareIn(run_cost), CareIn(leakage), CareIn(cashable)))
End Function

Public Function CARE_CHURN_VALUE(arr, churn_cut, Optional gross_margin, Optional months, Optional lag, _
        Optional ramp, Optional method)
    CARE_CHURN_VALUE = CareCall("CARE_CHURN_VALUE", _
        Array(CareIn(arr), CareIn(churn_cut), CareIn(gross_margin), CareIn(months), CareIn(lag), _
        CareIn(ramp), CareIn(method)))
End Function

Public Function CARE_CHURN_BREAKEVEN(arr, invest, Optional run_month, Optional gross_margin, Optional months, _
        Optional lag, Optional ramp, Optional method)
    CARE_CHURN_BREAKEVEN = CareCall("CARE_CHURN_BREAKEVEN", _
        Array(CareIn(arr), CareIn(invest), CareIn(run_month), CareIn(gross_margin), CareIn(months), _
        CareIn(lag), CareIn(ramp), CareIn(method)))
End Function

Public Function CARE_CHURN_PAYBACK(arr, churn_cut, invest, Optional run_month, Optional gross_margin, _
        Optional lag, Optional ramp, Optional method, Optional horizon)
    CARE_CHURN_PAYBACK = CareCall("CARE_CHURN_PAYBACK", _
        Array(CareIn(arr), CareIn(churn_cut), CareIn(invest), CareIn(run_month), CareIn(gross_margin), _
        CareIn(lag), CareIn(ramp), CareIn(method), CareIn(horizon)))
End Function

Public Function CARE_PAYBACK(flows, Optional discount_annual, Optional per_year, Optional interpolate)
    CARE_PAYBACK = CareCall("CARE_PAYBACK", _
        Array(CareIn(flows), CareIn(discount_annual), CareIn(per_year), CareIn(interpolate)))
End Function

Public Function CARE_NPV(annual_rate, flows, Optional first, Optional per_year)
    CARE_NPV = CareCall("CARE_NPV", _
        Array(CareIn(annual_rate), CareIn(flows), CareIn(first), CareIn(per_year)))
End Function

Public Function CARE_IRR(flows, Optional per_year)
    CARE_IRR = CareCall("CARE_IRR", _
        Array(CareIn(flows), CareIn(per_year)))
End Function

Public Function CARE_CONTINGENCY(base, Optional pct, Optional mode)
    CARE_CONTINGENCY = CareCall("CARE_CONTINGENCY", _
        Array(CareIn(base), CareIn(pct), CareIn(mode)))
End Function

Public Function CARE_PERT(low, likely, high, Optional p, Optional lambda)
    CARE_PERT = CareCall("CARE_PERT", _
        Array(CareIn(low), CareIn(likely), CareIn(high), CareIn(p), CareIn(lambda)))
End Function

Public Function CARE_RISK(low, likely, high, Optional p, Optional corr, Optional runs, Optional seed)
    CARE_RISK = CareCall("CARE_RISK", _
        Array(CareIn(low), CareIn(likely), CareIn(high), CareIn(p), CareIn(corr), CareIn(runs), CareIn(seed)))
End Function

Public Function CARE_PNL(contacts, assumptions)
    CARE_PNL = CareCall("CARE_PNL", _
        Array(CareIn(contacts), CareIn(assumptions)))
End Function

Public Function CARE_BENCHMARK(name, Optional which, Optional source)
    CARE_BENCHMARK = CareCall("CARE_BENCHMARK", _
        Array(CareIn(name), CareIn(which), CareIn(source)))
End Function

Public Function CARE_CHECK(name, value)
    CARE_CHECK = CareCall("CARE_CHECK", _
        Array(CareIn(name), CareIn(value)))
End Function
