//! Least squares for three numbers: the normal equations, solved with scaled columns.

/// The numbers and how well they are known.
pub(super) struct Solution {
    pub(super) values: [f64; 3],
    pub(super) covariance: [[f64; 3]; 3],
    /// Rows to spare.
    pub(super) freedom: usize,
}

/// The numbers for which each row times them is as close to 1 as possible. A column of zeros is one
/// that is not there, and its number is 0. `None` when the rows do not tell the numbers apart.
pub(super) fn solve(rows: &[[f64; 3]]) -> Option<Solution> {
    // Columns differ by the size of the loads and its square; scaled, nothing is lost to rounding.
    let size = |column: usize| rows.iter().map(|row| row[column].abs()).fold(0.0, f64::max);
    let scale = [size(0), size(1), size(2)];
    let used: Vec<usize> = (0..3).filter(|column| scale[*column] > 0.0).collect();
    // Without the first there is no law to speak of.
    used.first().filter(|column| **column == 0)?;
    let freedom = rows.len().checked_sub(used.len()).filter(|left| *left > 0)?;
    let at = |row: &[f64; 3], column: usize| row[column] / scale[column];
    let mut normal = [[0.0; 3]; 3];
    let mut right = [0.0; 3];
    for row in rows {
        for &i in &used {
            right[i] += at(row, i);
            for &j in &used {
                normal[i][j] += at(row, i) * at(row, j);
            }
        }
    }
    let inverse = inverse(&normal, &used)?;
    let mut values = [0.0; 3];
    for &i in &used {
        values[i] = used.iter().map(|&j| inverse[i][j] * right[j]).sum::<f64>() / scale[i];
    }
    let missed = |row: &[f64; 3]| 1.0 - (0..3).map(|i| row[i] * values[i]).sum::<f64>();
    let variance = rows.iter().map(|row| missed(row).powi(2)).sum::<f64>() / freedom as f64;
    let mut covariance = [[0.0; 3]; 3];
    for &i in &used {
        for &j in &used {
            covariance[i][j] = variance * inverse[i][j] / (scale[i] * scale[j]);
        }
    }
    Some(Solution { values, covariance, freedom })
}

/// Gauss and Jordan on the columns in use, with the largest pivot first.
fn inverse(matrix: &[[f64; 3]; 3], used: &[usize]) -> Option<[[f64; 3]; 3]> {
    let mut left = *matrix;
    let mut right = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for (step, &column) in used.iter().enumerate() {
        let below = used[step..].iter().copied();
        let pivot =
            below.max_by(|a, b| left[*a][column].abs().total_cmp(&left[*b][column].abs()))?;
        left.swap(column, pivot);
        right.swap(column, pivot);
        let by = left[column][column];
        if !by.is_finite() || by.abs() < 1e-13 {
            return None;
        }
        left[column] = left[column].map(|value| value / by);
        right[column] = right[column].map(|value| value / by);
        for &row in used.iter().filter(|row| **row != column) {
            let times = left[row][column];
            for place in 0..3 {
                left[row][place] -= times * left[column][place];
                right[row][place] -= times * right[column][place];
            }
        }
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_textbook() {
        // 2x + 3y = 1 and x − y = 1 and their sum, which fits: x = 0.8, y = −0.2 without the third.
        let rows = [[2.0, 3.0, 0.0], [1.0, -1.0, 0.0], [1.5, 1.0, 0.0]];
        let solution = solve(&rows).unwrap();
        assert!((solution.values[0] - 0.8).abs() < 1e-12, "{:?}", solution.values);
        assert!((solution.values[1] + 0.2).abs() < 1e-12 && solution.values[2] == 0.0);
        assert_eq!(solution.freedom, 1);
    }

    #[test]
    fn rows_that_tell_nothing_apart_are_no_answer() {
        assert!(solve(&[[1.0, 2.0, 0.0]; 5]).is_none());
        assert!(solve(&[[1.0, 2.0, 3.0]; 3]).is_none());
        assert!(solve(&[]).is_none());
        assert!(solve(&[[f64::NAN; 3]; 5]).is_none());
    }
}
