# SPDX-License-Identifier: MIT
# In comments "#VC" is an exception, not a link.
/\/\/\//s/#([A-Z])/\\#\1/g
