"""The add-in's VBA: as it was approved, within VBA's and Excel's limits, and executed by LibreOffice's Basic."""

import dataclasses
import re
from pathlib import Path

import pytest
from office_basic import run_basic

from carecost.errors import EXCEL_ERRORS
from carecost.functions import REGISTRY
from carecost.functions.parameter import Parameter
from carecost.hosts.excel.cells import INCOMING
from carecost.hosts.excel.vba import (
    LONGEST_LINE,
    MOST_ARGUMENTS,
    MOST_CONTINUATIONS,
    function_code,
    functions_code,
    help_rows,
    shared_code,
)

GOLDEN = Path(__file__).parent / "golden" / "functions.bas"
# MS-VBAL, 3.3.5.2 Reserved Identifiers and IDENTIFIER.
RESERVED = set(
    """
    Call Case Close Const Declare DefBool DefByte DefCur DefDate DefDbl DefInt DefLng DefLngLng DefLngPtr DefObj
    DefSng DefStr DefVar Dim Do Else ElseIf End EndIf Enum Erase Event Exit For Friend Function Get Global GoSub
    GoTo If Implements Input Let Lock Loop LSet Next On Open Option Print Private Public Put RaiseEvent ReDim
    Resume Return RSet Seek Select Set Static Stop Sub Type Unlock Wend While With Write Rem Any As ByRef ByVal
    Each In New Shared Until WithEvents Optional ParamArray Preserve Spc Tab Then To AddressOf And Eqv Imp Is Like
    Mod Not Or TypeOf Xor Abs CBool CByte CCur CDate CDbl CDec CInt CLng CLngLng CLngPtr CSng CStr CVar CVErr Date
    Debug DoEvents Fix Int Len LenB Me PSet Scale Sgn String Array Circle LBound UBound Boolean Byte Currency
    Double Integer Long LongLong LongPtr Single Variant True False Nothing Empty Null Attribute LINEINPUT
    VB_Base VB_Control VB_Creatable VB_Customizable VB_Description VB_Exposed VB_Ext_KEY VB_GlobalNameSpace
    VB_HelpID VB_Invoke_Func VB_Name VB_PredeclaredId VB_UserMemId Decimal CDecl
    """.lower().split()
)
# A1 to XFD1048576, R1C1, and the letters that stand for this row and column.
LIKE_A_CELL = re.compile(r"([a-z]{1,3}[0-9]{1,7}|r[0-9]*c[0-9]*|r|c)", re.IGNORECASE)


# ---- as approved ----


def test_the_code_is_the_approved_one():
    """After a change, read the difference, then: python tests/test_excel_vba.py"""
    assert functions_code() == GOLDEN.read_text(encoding="ascii")


# ---- limits ----


def faults(name, arguments, texts=()):
    """What Excel or VBA would not take of a function."""
    names = [name, *arguments]
    lowered = [each.lower() for each in names]
    found = [f"{each}: reserved" for each in names if each.lower() in RESERVED]
    found += [f"{each}: twice" for each in names if lowered.count(each.lower()) > 1]
    found += [f"{each}: like a cell" for each in names if LIKE_A_CELL.fullmatch(each)]
    found += [
        f"{each}: not a name" for each in names if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,254}", each)
    ]
    found += [f"{name}: too many arguments"] if len(arguments) > MOST_ARGUMENTS else []
    return found + [f"{text[:20]}: too long" for text in texts if len(text) > 255]


def test_every_function_is_one_that_excel_takes():
    assert len(help_rows()) == len(REGISTRY)
    for name, *texts in help_rows():
        assert faults(name, list(REGISTRY[name].parameters), texts) == []
    assert len({name.lower() for name in REGISTRY}) == len(REGISTRY)


@pytest.mark.parametrize(
    ("name", "arguments", "texts"),
    [
        ("CARE_X", ["next"], []),
        ("CARE_X", ["Rate", "rate"], []),
        ("CARE_X", ["care_x"], []),
        ("FTE2026", ["a"], []),
        ("CARE_X", ["c"], []),
        ("CARE_X", ["r1c1"], []),
        ("CARE_X", ["_a"], []),
        ("CARE_X", ["a-b"], []),
        ("CARE_X", ["a" * 256], []),
        ("CARE_X", [f"a{n}_" for n in range(61)], []),
        ("CARE_X", ["a"], ["x" * 256]),
    ],
)
def test_the_lint_finds(name, arguments, texts):
    assert faults(name, arguments, texts)


def check_lines(source):
    assert source.isascii()
    assert max(map(len, source.splitlines())) <= LONGEST_LINE
    for run in re.findall(r"(?:^.* _\n)+", source, re.MULTILINE):
        assert run.count("\n") <= MOST_CONTINUATIONS


def test_lines_are_within_the_limits_of_vba():
    check_lines(functions_code())
    check_lines(shared_code("this_workbook"))


def test_a_function_of_sixty_long_arguments_stays_within_the_limits():
    long = dataclasses.replace(
        REGISTRY["CARE_FTE"],
        parameters={f"an_argument_of_{n}_letters": Parameter("number", "", "", default=1) for n in range(60)},
    )
    check_lines(function_code(long))


def test_the_code_knows_the_words_for_an_error_that_only_passes_through():
    assert f'INCOMING As String = "{INCOMING}"' in functions_code()


def test_no_procedure_is_there_twice_and_each_is_closed():
    for source in (functions_code(), shared_code("this_workbook")):
        opened = re.findall(r"^(?:Public |Private )?(Sub|Function) (\w+)", source, re.MULTILINE)
        names = [name.lower() for _, name in opened]
        assert len(set(names)) == len(names)
        assert re.findall(r"^End (Sub|Function)$", source, re.MULTILINE) == [kind for kind, _ in opened]


def test_optional_arguments_come_last():
    for name in REGISTRY:
        arguments = re.search(rf"Function {name}\((.*?)\)\n", functions_code().replace(" _\n", ""))[1].split(
            ","
        )
        optional = ["Optional" in argument for argument in arguments]
        assert optional == sorted(optional)


# ---- executed ----

# Stands for xlwings' module in the same project, and for the Python behind it.
XLWINGS = """
Public Const PROJECT_NAME As String = "myaddin"
Public started As Long
Function XLPyCommand()
    XLPyCommand = "start"
End Function
Function XLPy()
    started = started + 1
    If started > 5 Then Err.Raise 1000, , "no DLL"
    Set XLPy = New FakePython
End Function
Sub KillPy()
End Sub
Function RunPython(text)
End Function
Function XLPyDLLActivateAuto(unused, line, mode)
End Function
"""
PYTHON = """
Public Function CallUDF(place, called, given, book, caller)
    Select Case called
        Case "CARE_FTE": CallUDF = 10.5
        Case "CARE_IRR": CallUDF = "#NUM! CARE_IRR: no sign change"
        Case "CARE_CHECK": CallUDF = "#1 of the list"
        Case "CARE_INDEX": CallUDF = Array(1.5, "#N/A not reached", "#SPILL! x", "", "#")
        Case "CARE_SL"
            Dim table(1, 0)
            table(0, 0) = 0.8
            table(1, 0) = "#DIV/0! nothing"
            CallUDF = table
        Case "CARE_PNL": Err.Raise 1000, , "broken pipe"
        Case Else: CallUDF = place & ":" & called & ":" & UBound(given) & TypeName(given(0)) & IsMissing(given(1))
    End Select
End Function
"""
DRIVERS = {
    "a_number": "= CARE_FTE(1100)",
    "an_error": "= CStr(CARE_IRR(1))",
    "a_text_that_only_begins_like_one": '= CARE_CHECK("x", 1)',
    "arguments": '= CARE_NPV(0.1, "flows", 2)',
    "a_row": """
        Dim found As Variant
        found = CARE_INDEX(1, 2, 3)
        {name} = found(0) & "|" & CStr(found(1)) & "|" & CStr(found(2)) & "|" & found(3) & "|" & found(4)""",
    "a_column": """
        Dim found As Variant
        found = CARE_SL(1, 2, 3)
        {name} = found(0, 0) & "|" & CStr(found(1, 0)) & "|" & UBound(found, 1) & UBound(found, 2)""",
    "python_gone": "= CStr(CARE_PNL(1, 2)) & broken",
    "started_again_for_it": "= CStr(started)",
    "a_failed_start": """
        Dim unused As Variant
        started = 9
        Set python = Nothing
        unused = CARE_FTE(1)
        {name} = CStr(unused) & "|" & broken & "|" & started""",
    "not_tried_again": """
        Dim unused As Variant
        unused = CARE_FTE(1)
        {name} = CStr(unused) & "|" & started""",
    "every_error": "= " + ' & "|" & '.join(f'CareErrorNumber("{code}")' for code in EXCEL_ERRORS),
    "areas": '= CStr(CareIn(ActiveSheet.Range("A1:A2,C1:C2")))',
    "kept": """
        Dim i As Long
        CareKeep "first", "#N/A gone"
        For i = 1 To MOST_MESSAGES
            CareKeep "k" & i, "#N/A old"
        Next i
        CareKeep "k7", "#NUM! burden = 30"
        CareKeep "k7", "#NUM! " & INCOMING
        CareKeep "k8", "#NUM! " & INCOMING
        {name} = messages.Count & "|" & CareKept("k7") & "|" & CareCode(CareKept("k8")) & "|" & CareKept("first")""",
    "no_foreign_settings": '= "[" & CareForeign(ActiveWorkbook, True) & "]"',
    "foreign_settings": """
        ActiveWorkbook.Worksheets(1).Name = "MyAddin.conf"
        {name} = CareForeign(ActiveWorkbook, False)""",
    "foreign_code": """
        ActiveWorkbook.Worksheets(1).Name = "numpy.py"
        {name} = "[" & CareForeign(ActiveWorkbook, False) & "]" & CareForeign(ActiveWorkbook, True)""",
    "no_error": '= CareErrorNumber("#1") & CareErrorNumber("") & CareErrorNumber("#n/a")',
}


def basic(drivers):
    """The code as it is, but for a name and a word that LibreOffice reads otherwise than VBA; and what calls it.

    Fewer messages are kept, as LibreOffice is slow with them.
    """
    source = re.sub(r"\bbase\b", "base_", functions_code())
    source = source.replace("ThisWorkbook.IsAddin", "True")  # which LibreOffice does not know
    source = source.replace("MOST_MESSAGES As Long = 1000", "MOST_MESSAGES As Long = 20")
    calls = ""
    for name, body in drivers.items():
        body = body.replace("{name}", name) if "{name}" in body else f"    {name} {body}"
        calls += f"Function {name}() As Variant\n{body}\nEnd Function\n"
    opening = shared_code("this_workbook").replace("WithEvents excelApp As Application", "excelApp As Object")
    modules = {
        "Opening": ("module", opening),
        "FakePython": ("class", PYTHON),
        "xlwings": ("module", XLWINGS),
        "carecost": ("module", source + calls),
    }
    return dict(zip(drivers, run_basic(modules, [f"carecost.{name}" for name in drivers]), strict=True))


@pytest.fixture(scope="module")
def executed(needs_uno):
    return basic(DRIVERS)


def test_a_value_passes_and_arguments_arrive(executed):
    assert executed["a_number"] == 10.5
    assert executed["arguments"] == "carecost.udf:CARE_NPV:3DoubleFalse"


def test_a_code_becomes_a_real_error_and_other_text_stays(executed):
    assert executed["an_error"] == "Error 2036"
    assert executed["a_text_that_only_begins_like_one"] == "#1 of the list"


def test_a_row_and_a_column_keep_their_shape_and_get_real_errors(executed):
    assert executed["a_row"] == "1.5|Error 2042|Error 2045||#"
    assert executed["a_column"] == "0.8|Error 2007|10"


def test_python_that_died_is_started_once_more_and_one_that_does_not_start_is_left(executed):
    assert executed["python_gone"] == "Error 2015"
    assert executed["started_again_for_it"] == "2"
    value, why, started = executed["a_failed_start"].split("|")
    assert (value, started) == ("Error 2015", "10")
    assert "no DLL" in why
    assert "carecost excel doctor" in why
    assert executed["not_tried_again"] == "Error 2015|10"


def test_several_areas_are_not_silently_the_first(executed):
    assert executed["areas"] == "Error 2015"


def test_messages_are_bounded_and_the_inner_one_of_a_cell_stays(executed):
    assert executed["kept"] == "20|#NUM! burden = 30|#NUM!|"


def test_a_workbook_does_not_choose_what_runs(executed):
    assert executed["no_foreign_settings"] == "[]"
    assert executed["foreign_settings"] == "MyAddin.conf"
    assert executed["foreign_code"] == "[]numpy.py"


def test_every_error_has_its_number(executed):
    assert [int(number) for number in executed["every_error"].split("|")] == list(EXCEL_ERRORS.values())
    assert executed["no_error"] == "000"


def test_the_compiler_would_have_told(needs_uno):
    """What LibreOffice does not compile gives nothing at all: the other tests cannot pass by accident."""
    assert basic({"one": "= 1", "unclosed": "= (1"}) == {"one": None, "unclosed": None}


if __name__ == "__main__":
    GOLDEN.write_text(functions_code(), encoding="ascii")
