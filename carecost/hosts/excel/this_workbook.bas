Option Explicit

Private WithEvents excelApp As Application
Private described As Boolean

Private Sub Workbook_Open()
    On Error Resume Next
    Set excelApp = Application
    Describe
End Sub

Private Sub excelApp_WorkbookActivate(ByVal Wb As Workbook)
    Describe
End Sub

Private Sub Describe()
    ' Give the function wizard its texts, from the sheet carecost.help: in each row a function, what it gives,
    ' and its arguments. Excel wants a workbook open for this, so it may have to wait for the first one. Help
    ' that cannot be given must not keep a workbook from opening.
    Dim help As Worksheet, row As Long
    If described Then Exit Sub
    On Error Resume Next
    If ActiveWorkbook Is Nothing Then Exit Sub
    described = True
    Set help = ThisWorkbook.Worksheets("carecost.help")
    If help Is Nothing Then Exit Sub
    Err.Clear
    DescribeOne help, 1
    If Err.Number <> 0 And ThisWorkbook.IsAddin Then
        ' Some versions refuse this of a hidden workbook.
        Application.ScreenUpdating = False
        ThisWorkbook.IsAddin = False
        For row = 1 To help.UsedRange.Rows.Count
            DescribeOne help, row
        Next row
        ThisWorkbook.IsAddin = True
        Application.ScreenUpdating = True
    Else
        For row = 2 To help.UsedRange.Rows.Count
            DescribeOne help, row
        Next row
    End If
    ThisWorkbook.Saved = True
End Sub

Private Sub DescribeOne(help As Worksheet, row As Long)
    Dim texts() As String, count As Long, place As Long, called As String
    count = help.Cells(row, help.Columns.Count).End(xlToLeft).Column - 2
    called = "'" & ThisWorkbook.Name & "'!" & help.Cells(row, 1).Value
    If count < 1 Then
        Application.MacroOptions Macro:=called, Description:=help.Cells(row, 2).Value, Category:="carecost"
        Exit Sub
    End If
    ReDim texts(1 To count)
    For place = 1 To count
        texts(place) = help.Cells(row, place + 2).Value
    Next place
    Application.MacroOptions Macro:=called, Description:=help.Cells(row, 2).Value, Category:="carecost", ArgumentDescriptions:=texts
End Sub
