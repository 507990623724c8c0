"""What LibreOffice loads: the add-in and the job, made known under their service names."""

import unohelper
from carecost_inside import functions, loading

g_ImplementationHelper = unohelper.ImplementationHelper()  # noqa: N816, the name that LibreOffice looks for
g_ImplementationHelper.addImplementation(functions.Functions, functions.SERVICE, functions.SERVICES)
g_ImplementationHelper.addImplementation(loading.Loading, loading.SERVICE, loading.SERVICES)
