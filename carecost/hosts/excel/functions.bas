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
